import { Group, Stack, Text } from '@mantine/core';
import { formatSpan } from '../format.ts';
import classes from './timing.module.css';

export interface Timing {
  readonly dnsMs: number | null;
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  readonly waitMs: number | null;
  readonly readMs: number | null;
}

/** In the order in which they happen. */
const PHASES = [
  ['dns', 'dnsMs', 'name look-up'],
  ['connect', 'connectMs', 'connect'],
  ['tls', 'tlsMs', 'TLS'],
  ['wait', 'waitMs', 'wait for the answer'],
  ['read', 'readMs', 'read it'],
] as const;

/** Where the time of an attempt went. What is none of the phases stays empty at the end. */
export function TimingBar({ timing, durationMs }: { readonly timing: Timing | null; readonly durationMs: number }) {
  const phases = PHASES.flatMap(([kind, field, label]) => {
    const ms = timing?.[field] ?? null;
    return ms === null ? [] : [{ kind, label, ms }];
  });
  if (phases.length === 0) return null;
  const wholeMs = Math.max(
    durationMs,
    phases.reduce((sum, { ms }) => sum + ms, 0),
    0.001,
  );
  return (
    <Stack gap={4} maw={560}>
      <div className={classes['bar']} aria-hidden="true">
        {phases.map(({ kind, ms }) => (
          <div
            key={kind}
            className={`${classes['phase'] ?? ''} ${classes[kind] ?? ''}`}
            style={{ width: `${(100 * ms) / wholeMs}%` }}
          />
        ))}
      </div>
      <Group gap="sm" component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Where the time went">
        {phases.map(({ kind, label, ms }) => (
          <Text key={kind} component="li" size="xs" c="var(--quiet)">
            <span className={`${classes['mark'] ?? ''} ${classes[kind] ?? ''}`} aria-hidden="true" />
            {label} {formatSpan(ms)}
          </Text>
        ))}
      </Group>
    </Stack>
  );
}
