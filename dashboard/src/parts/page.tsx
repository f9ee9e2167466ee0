import { Alert, Anchor, Breadcrumbs, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useEffect } from 'react';
import { errorPagePath } from '../../../src/contract/error-page-path.ts';
import { ApiError, messageOf } from '../api.ts';
import { Icon, type IconName } from '../icons.tsx';

export interface PageProps {
  readonly title: string;
  /** What leads here, links. */
  readonly trail?: readonly ReactNode[];
  /** Beside the title. */
  readonly mark?: ReactNode;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page's head and what is below it. */
export function Page({ title, trail = [], mark, about, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Sluice`;
  }, [title]);
  return (
    <Stack gap="lg">
      <Stack gap={4}>
        {trail.length > 0 && <Breadcrumbs separatorMargin={6}>{trail}</Breadcrumbs>}
        <Group justify="space-between" align="flex-start">
          <Group gap="sm">
            <Title order={1} size="h2" style={{ overflowWrap: 'anywhere' }}>
              {title}
            </Title>
            {mark}
          </Group>
          <Group gap="xs">{actions}</Group>
        </Group>
        {about !== undefined && (
          <Text c="var(--quiet)" size="sm" component="div">
            {about}
          </Text>
        )}
      </Stack>
      {children}
    </Stack>
  );
}

/** Something could not be shown: what, why, and what to do. */
export function Fault({ error, onRetry }: { readonly error: unknown; readonly onRetry?: (() => void) | undefined }) {
  const code = error instanceof ApiError && error.code !== 'unexpected_answer' ? error.code : null;
  return (
    <Alert color="red" variant="light" icon={<Icon name="alert" />} title="This could not be shown" role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{messageOf(error)}</Text>
        <Group gap="md">
          {onRetry !== undefined && (
            <Button size="xs" variant="default" onClick={onRetry}>
              Try again
            </Button>
          )}
          {code !== null && (
            <Anchor size="sm" href={new URL(`..${errorPagePath(code)}`, document.baseURI).href} target="_blank">
              About {code}
            </Anchor>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

export interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** There is nothing, and what to do about that. */
export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      <Text c="var(--quiet)" component="span" lh={0}>
        <Icon name={icon} size={34} />
      </Text>
      <Text fw={600}>{title}</Text>
      {children !== undefined && (
        <Text c="var(--quiet)" size="sm" maw={520} component="div">
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}

/** As tall as what comes, so that nothing jumps. */
export function Loading({ rows = 4 }: { readonly rows?: number }) {
  return (
    <Stack gap="sm" aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={36} radius="md" />
      ))}
    </Stack>
  );
}
