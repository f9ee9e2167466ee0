import { Alert, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { Icon } from '../../icons.tsx';
import { Confirm } from '../../parts/confirm.tsx';

export interface SaveBarProps {
  readonly isDirty: boolean;
  readonly isBusy: boolean;
  /** And nothing has been changed since. */
  readonly isSaved: boolean;
  /** What is wrong that has no field. */
  readonly faults: readonly string[];
  /** How many fields say that something is wrong. */
  readonly mistakes: number;
  readonly onUndo: () => void;
}

/** Stands at the bottom of the window while something is not saved, and asks before it is left behind. */
export function SaveBar({ isDirty, isBusy, isSaved, faults, mistakes, onUndo }: SaveBarProps) {
  const blocker = useBlocker({
    shouldBlockFn: () => isDirty,
    enableBeforeUnload: () => isDirty,
    withResolver: true,
  });
  return (
    <>
      <div aria-live="polite" style={{ position: 'sticky', bottom: 12, zIndex: 5 }}>
        {isSaved && !isDirty && (
          <Paper withBorder shadow="md" p="sm">
            <Group gap="xs" c="var(--good)">
              <Icon name="done" />
              <Text size="sm" fw={600}>
                Saved. Attempts from now on go by it.
              </Text>
            </Group>
          </Paper>
        )}
        {isDirty && (
          <Paper withBorder shadow="md" p="sm">
            <Stack gap="xs">
              {faults.length > 0 && (
                <Alert color="red" variant="light" p="xs" title="It was not saved">
                  {faults.map((fault) => (
                    <Text key={fault} size="sm" style={{ overflowWrap: 'anywhere' }}>
                      {fault}
                    </Text>
                  ))}
                </Alert>
              )}
              <Group justify="space-between" gap="xs">
                <Text size="sm" {...(mistakes > 0 ? { c: 'var(--bad)', fw: 600 } : {})}>
                  {mistakes > 0
                    ? `${mistakes} ${mistakes === 1 ? 'field needs' : 'fields need'} your attention`
                    : 'There are changes that are not saved'}
                </Text>
                <Group gap="xs">
                  <Button variant="default" onClick={onUndo} disabled={isBusy}>
                    Undo
                  </Button>
                  <Button type="submit" loading={isBusy}>
                    Save
                  </Button>
                </Group>
              </Group>
            </Stack>
          </Paper>
        )}
      </div>
      <Confirm
        isOpen={blocker.status === 'blocked'}
        title="Leave without saving?"
        verb="Leave, and lose the changes"
        onConfirm={() => {
          blocker.proceed?.();
        }}
        onClose={() => {
          blocker.reset?.();
        }}
      >
        <Text size="sm">What you changed here has not been saved.</Text>
      </Confirm>
    </>
  );
}
