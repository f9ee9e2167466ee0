import { Text, Tooltip } from '@mantine/core';
import { formatCount } from '../format.ts';

export interface SparklineProps {
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
  /** Of what time: `the last hour`. */
  readonly span: string;
}

const WIDTH = 150;
const HEIGHT = 26;

/** How much succeeded and failed, span by span; failures stand on top, and both are told in words. */
export function Sparkline({ succeeded, failed, span }: SparklineProps) {
  const good = succeeded.reduce((sum, count) => sum + count, 0);
  const bad = failed.reduce((sum, count) => sum + count, 0);
  if (good + bad === 0) {
    return (
      <Text size="xs" c="var(--quiet)" title={`No attempt in ${span}`}>
        Nothing
      </Text>
    );
  }
  const most = Math.max(...succeeded.map((count, at) => count + (failed[at] ?? 0)));
  const label = `${formatCount(good)} succeeded and ${formatCount(bad)} failed in ${span}`;
  const width = WIDTH / succeeded.length;
  // What there is at all can be seen.
  const heightOf = (count: number): number => (count === 0 ? 0 : Math.max(1.5, (count / most) * (HEIGHT - 2)));
  return (
    <Tooltip label={label}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width={WIDTH}
        height={HEIGHT}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
        style={{ maxWidth: '100%', display: 'block' }}
      >
        <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} stroke="var(--line)" />
        {succeeded.map((count, at) => {
          const goodPx = heightOf(count);
          const badPx = heightOf(failed[at] ?? 0);
          const box = { x: at * width + 0.3, width: width - 0.6 };
          return (
            <g key={at}>
              {goodPx > 0 && <rect {...box} y={HEIGHT - 1 - goodPx} height={goodPx} fill="var(--good)" />}
              {badPx > 0 && (
                <rect {...box} y={Math.max(0, HEIGHT - 1 - goodPx - badPx)} height={badPx} fill="var(--bad)" />
              )}
            </g>
          );
        })}
      </svg>
    </Tooltip>
  );
}
