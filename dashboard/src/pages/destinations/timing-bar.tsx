import { Group, Stack, Text } from '@mantine/core';
import { formatSpan } from '../../format.ts';

export interface Timing {
  readonly dnsMs: number | null;
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  readonly waitMs: number | null;
  readonly readMs: number | null;
}

const PHASES = [
  ['dnsMs', 'Name', 'var(--mantine-color-grape-5)'],
  ['connectMs', 'Connect', 'var(--mantine-color-blue-5)'],
  ['tlsMs', 'TLS', 'var(--mantine-color-orange-5)'],
  ['waitMs', 'Wait', 'var(--mantine-color-teal-6)'],
  ['readMs', 'Read', 'var(--mantine-color-gray-6)'],
] as const;

/** Where the time of an exchange went, one phase after the other. */
export function TimingBar({ timing }: { readonly timing: Timing }) {
  const phases = PHASES.flatMap(([key, name, color]) => {
    const ms = timing[key];
    return ms === null ? [] : [{ name, color, ms }];
  });
  if (phases.length === 0) return null;
  const label = `Time: ${phases.map(({ name, ms }) => `${name} ${formatSpan(ms)}`).join(', ')}`;
  return (
    <Stack gap={6}>
      <div role="img" aria-label={label} style={{ display: 'flex', gap: 2, height: 10 }}>
        {phases.map(({ name, color, ms }) => (
          // What took no time to speak of is seen all the same.
          <div key={name} style={{ flexGrow: Math.max(ms, 0.01), minWidth: 3, background: color, borderRadius: 2 }} />
        ))}
      </div>
      <Group gap="md" aria-hidden="true">
        {phases.map(({ name, color, ms }) => (
          <Group key={name} gap={6}>
            <span style={{ width: 10, height: 10, borderRadius: 2, background: color }} />
            <Text size="xs">
              {name} {formatSpan(ms)}
            </Text>
          </Group>
        ))}
      </Group>
    </Stack>
  );
}
