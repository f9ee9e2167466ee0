import {
  ActionIcon,
  Anchor,
  AppShell,
  Badge,
  Burger,
  Group,
  Menu,
  Stack,
  Text,
  Tooltip,
  UnstyledButton,
  useMantineColorScheme,
  useComputedColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useEffect, useRef } from 'react';
import { type Answered, client, forgetAnswers, queries, session as sessionQuery, useChange } from '../api.ts';
import { Icon, type IconName } from '../icons.tsx';
import iconUrl from '../icon.svg';
import { NavTo, To } from './links.tsx';
import classes from './shell.module.css';

const PLACES = [
  { to: '/', label: 'Start', icon: 'home' },
  { to: '/sources', label: 'Sources', icon: 'sources' },
  { to: '/destinations', label: 'Destinations', icon: 'destinations' },
  { to: '/events', label: 'Events', icon: 'events' },
  { to: '/bins', label: 'Request bins', icon: 'bins' },
  { to: '/administration/{-$tab}', label: 'Administration', icon: 'administration' },
] as const satisfies readonly { readonly icon: IconName; readonly [other: string]: string }[];

/** Where one can go, who one is, and the page. */
export function Shell({
  session,
  children,
}: {
  readonly session: Answered<'getSession'>;
  readonly children: ReactNode;
}) {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(close, [pathname, close]);
  const alerts = useQuery({
    queryKey: ['alerts'],
    queryFn: async ({ signal }) => client.listAlerts({ signal }),
    refetchInterval: 10_000,
  });
  const standing = alerts.data?.data.filter(({ state }) => state === 'standing').length ?? 0;
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', md: 'xl' }}
    >
      <UnstyledButton
        className={classes['skip'] ?? ''}
        onClick={() => {
          main.current?.focus();
        }}
      >
        Skip to the page
      </UnstyledButton>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <To to="/" underline="never" c="inherit">
              <Group gap={8} wrap="nowrap">
                <img src={iconUrl} width={26} height={26} alt="" />
                <Text fw={700} size="lg">
                  Sluice
                </Text>
              </Group>
            </To>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ColorScheme />
            <Who session={session} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        <Stack gap={2}>
          {PLACES.map(({ to, label, icon }) => (
            <NavTo
              key={to}
              to={to}
              label={label}
              leftSection={<Icon name={icon} />}
              active={to === '/' ? pathname === '/' : pathname.startsWith(to.replace('/{-$tab}', ''))}
              style={{ borderRadius: 'var(--mantine-radius-md)' }}
              rightSection={
                icon === 'administration' && standing > 0 ? (
                  <Badge color="red" size="sm" circle={standing < 10} aria-label={`${standing} alerts stand`}>
                    {standing}
                  </Badge>
                ) : undefined
              }
            />
          ))}
        </Stack>
        <Stack gap={4} mt="auto" p="xs">
          <Anchor size="sm" href={new URL('../api/docs', document.baseURI).href} target="_blank">
            API reference
          </Anchor>
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main ref={main} tabIndex={-1} className={classes['main'] ?? ''}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

function ColorScheme() {
  const { setColorScheme } = useMantineColorScheme();
  const computed = useComputedColorScheme('light');
  const other = computed === 'light' ? 'dark' : 'light';
  return (
    <Tooltip label={`Use ${other} colours`}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={`Use ${other} colours`}
        onClick={() => {
          setColorScheme(other);
        }}
      >
        <Icon name={other === 'dark' ? 'moon' : 'sun'} />
      </ActionIcon>
    </Tooltip>
  );
}

function Who({ session: { name, role, via } }: { readonly session: Answered<'getSession'> }) {
  const signOut = useChange(async () => client.endSession(), { done: null });
  if (via !== 'session') {
    return (
      <Tooltip label="Asked from this machine, so no sign-in is needed">
        <Badge variant="default" tt="none" tabIndex={0}>
          {role} · {name}
        </Badge>
      </Tooltip>
    );
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Who is signed in">
          <Icon name="key" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {name} ({role})
        </Menu.Label>
        <Menu.Item
          leftSection={<Icon name="out" size={16} />}
          onClick={() => {
            signOut.mutate(undefined, {
              onSuccess: () => {
                void queries.resetQueries({ queryKey: sessionQuery.queryKey }).then(forgetAnswers);
              },
            });
          }}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
