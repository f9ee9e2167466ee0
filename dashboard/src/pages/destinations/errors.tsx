import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { Answered } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { Explanation, shownCode } from '../../parts/explained.tsx';
import { To } from '../../parts/links.tsx';
import { Loading } from '../../parts/page.tsx';
import { When } from '../../parts/when.tsx';

export interface ErrorsProps {
  readonly destination: string;
  /** Of the time that is shown; undefined while it is not known. */
  readonly errors: Answered<'countAttempts'>['errors'] | undefined;
  /** `in the last 24 h`. */
  readonly during: string;
}

/** What went wrong, by its reason: what it means, and what to do. */
export function Errors({ destination, errors, during }: ErrorsProps) {
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Errors by reason
      </Title>
      {errors === undefined ? (
        <Loading rows={2} />
      ) : errors.length === 0 ? (
        <Text size="sm" c="var(--quiet)">
          No attempt failed {during}.
        </Text>
      ) : (
        <>
          <Text size="sm" c="var(--quiet)">
            Attempts that failed {during}. What they were for may have been delivered since.
          </Text>
          <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
            {errors.map(({ code, attempts, lastAt }) => (
              <Paper key={code} component="li" withBorder p="sm">
                <Group justify="space-between" gap="xs">
                  <Text fw={600}>{shownCode(code)}</Text>
                  <Text size="sm" c="var(--quiet)">
                    <To
                      to="/destinations/$destination/{-$tab}"
                      params={{ destination, tab: 'deliveries' }}
                      search={{ error: code }}
                      aria-label={`${formatOf(attempts, 'attempt')} with ${shownCode(code)}`}
                    >
                      {formatOf(attempts, 'attempt')}
                    </To>
                    , last <When at={lastAt} />
                  </Text>
                </Group>
                <Explanation code={code} />
              </Paper>
            ))}
          </Stack>
        </>
      )}
    </Stack>
  );
}
