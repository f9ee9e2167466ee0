import { Button, Group, Modal, Stack } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

export interface ConfirmProps {
  readonly isOpen: boolean;
  readonly title: string;
  readonly children: ReactNode;
  /** What the button says that does it. */
  readonly verb: string;
  readonly isBusy?: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before what cannot be undone. */
export function Confirm({ isOpen, title, children, verb, isBusy = false, onConfirm, onClose }: ConfirmProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title={title}>
      <Stack>
        <div>{children}</div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Leave it
          </Button>
          <Button color="red" loading={isBusy} onClick={onConfirm}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/**
 * A change that is made once somebody said yes to it: `ask` opens the question, about `asked`, and `confirm` is for its
 * `Confirm`, which closes when the change was made or refused.
 *
 * @param onDone told that it was made
 */
export function useAsking<Given, Answer>(
  { mutate, isPending }: UseMutationResult<Answer, Error, Given>,
  onDone: () => void = () => undefined,
) {
  const [asked, setAsked] = useState<{ readonly given: Given } | null>(null);
  const onClose = (): void => {
    setAsked(null);
  };
  return {
    asked: asked?.given ?? null,
    ask: (given: Given): void => {
      setAsked({ given });
    },
    confirm: {
      isOpen: asked !== null,
      isBusy: isPending,
      onClose,
      onConfirm: (): void => {
        if (asked !== null) mutate(asked.given, { onSuccess: onDone, onSettled: onClose });
      },
    },
  };
}
