import { ActionIcon, Button, Card, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { client, sluiceUrl, useChange } from '../../api.ts';
import { Icon } from '../../icons.tsx';
import { Copy } from '../../parts/copy.tsx';
import { To } from '../../parts/links.tsx';
import { Empty, Page } from '../../parts/page.tsx';
import { useIsAdmin } from '../../parts/role.ts';
import { forgetBin, knownBins, rememberBin } from './known.ts';
import { firstSources } from '../../questions.ts';

/** Endpoints to look at: what is sent there is kept, and shown. */
export function Bins() {
  const navigate = useNavigate();
  const isAdmin = useIsAdmin();
  const [known, setKnown] = useState(knownBins);
  const sources = useQuery(firstSources);
  // `sluice dev` begins with a source and a bin of this name.
  const hasDev = sources.data?.data.some(({ writeKeys }) => writeKeys.includes('dev')) === true;
  const ids = hasDev && !known.includes('dev') ? ['dev', ...known] : known;
  const make = useChange(async () => client.createBin(), { done: null });
  const button = isAdmin ? (
    <Button
      leftSection={<Icon name="add" size={16} />}
      loading={make.isPending}
      onClick={() => {
        make.mutate(undefined, {
          onSuccess: ({ id }) => {
            rememberBin(id);
            void navigate({ to: '/bins/$bin', params: { bin: id } });
          },
        });
      }}
    >
      Make a bin
    </Button>
  ) : null;
  const about =
    'A bin is an endpoint to look at: use its URL in a destination, and see each request as a receiver gets it. Requests are kept in memory, the newest of them.';
  return (
    <Page title="Request bins" about={about} actions={button}>
      {ids.length === 0 ? (
        <Empty icon="bins" title="No bin was made in this browser" action={button}>
          A bin that was made elsewhere opens by its URL; they are not listed.
        </Empty>
      ) : (
        <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
          {ids.map((id) => (
            <Card key={id} component="li" withBorder padding="sm">
              <Group justify="space-between" wrap="nowrap">
                <div style={{ minWidth: 0 }}>
                  <To to="/bins/$bin" params={{ bin: id }} fw={600} style={{ overflowWrap: 'anywhere' }}>
                    {id}
                  </To>
                  <Text size="sm" c="var(--quiet)" style={{ overflowWrap: 'anywhere' }}>
                    {binUrl(id)}
                  </Text>
                </div>
                <Group gap={4} wrap="nowrap">
                  <Copy text={binUrl(id)} what="URL of the bin" />
                  {known.includes(id) && (
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={`Take ${id} off this list`}
                      onClick={() => {
                        forgetBin(id);
                        setKnown(knownBins());
                      }}
                    >
                      <Icon name="close" size={16} />
                    </ActionIcon>
                  )}
                </Group>
              </Group>
            </Card>
          ))}
        </Stack>
      )}
    </Page>
  );
}

function binUrl(id: string): string {
  return `${sluiceUrl}bins/${encodeURIComponent(id)}`;
}
