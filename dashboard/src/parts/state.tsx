import { Badge } from '@mantine/core';

type Tone = 'good' | 'warn' | 'bad' | 'idle';

const TONES: Readonly<Record<string, Tone>> = {
  ...{
    delivered: 'good',
    succeeded: 'good',
    open: 'good',
    enabled: 'good',
    finished: 'good',
    accepted: 'good',
    valid: 'good',
  },
  ...{
    pending: 'warn',
    waiting: 'warn',
    held: 'warn',
    failed: 'warn',
    paused: 'warn',
    counting: 'warn',
    running: 'good',
    stale: 'warn',
  },
  ...{ dead: 'bad', rejected: 'bad', refused: 'bad', standing: 'bad', invalid: 'bad' },
};

/** A state by its word and a colour, never by the colour alone. */
export function State({ state, label = state }: { readonly state: string; readonly label?: string }) {
  const tone = TONES[state] ?? 'idle';
  return (
    <Badge
      variant="outline"
      radius="sm"
      tt="none"
      fw={600}
      style={{ color: `var(--${tone})`, borderColor: 'currentColor', flexShrink: 0 }}
    >
      {label}
    </Badge>
  );
}
