import { Alert, Anchor, Button, Card, Chip, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import { useState } from 'react';
import { type Answered, client, messageOf, sluiceUrl, useChange } from '../../api.ts';
import { useIsAdmin } from '../../parts/role.ts';
import { EXAMPLE, PRESETS, presetOf, type Script } from './presets.ts';

const CUSTOM = 'custom';

/** What a bin answers: one of what one wants to watch, or a script of one's own. */
export function Answers({ bin: { id, script } }: { readonly bin: Answered<'getBin'> }) {
  const isAdmin = useIsAdmin();
  const [isCustom, setIsCustom] = useState(false);
  const active = presetOf(script);
  const change = useChange(async (next: Script) => client.updateBin({ params: { id }, body: { script: [...next] } }), {
    // What is chosen says so, and what went wrong stands below it.
    done: null,
    onError: () => undefined,
    refresh: [
      ['bins', 'one', id],
      ['bins', 'list'],
    ],
  });
  const chosen = isCustom || active === undefined ? CUSTOM : active.key;
  const choose = (key: string): void => {
    const preset = PRESETS.find((each) => each.key === key);
    setIsCustom(preset === undefined);
    if (preset !== undefined) change.mutate(preset.script);
  };
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={2} size="h5" id="answers">
          What it answers
        </Title>
        <Chip.Group
          value={chosen}
          onChange={(key) => {
            if (typeof key === 'string') choose(key);
          }}
        >
          <Group gap={6} role="radiogroup" aria-labelledby="answers">
            {[...PRESETS, { key: CUSTOM, label: 'Custom' }].map(({ key, label }) => (
              <Chip key={key} value={key} size="xs" variant="outline" disabled={!isAdmin && key !== chosen}>
                {label}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        {chosen === CUSTOM ? (
          <Custom
            script={active === undefined ? script : EXAMPLE}
            isBusy={change.isPending}
            canSave={isAdmin}
            onSave={(next) => {
              change.mutate(next, {
                onSuccess: () => {
                  setIsCustom(false);
                },
              });
            }}
          />
        ) : (
          <Text size="sm" c="var(--quiet)">
            {active?.about}
          </Text>
        )}
        {change.error !== null && (
          <Alert color="red" variant="light" role="alert" title="It answers as before">
            {messageOf(change.error)}
          </Alert>
        )}
      </Stack>
    </Card>
  );
}

interface CustomProps {
  readonly script: Script;
  readonly isBusy: boolean;
  readonly canSave: boolean;
  readonly onSave: (script: Script) => void;
}

function Custom({ script, isBusy, canSave, onSave }: CustomProps) {
  const [text, setText] = useState(() => textOf(script));
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <Stack gap="xs">
      <Textarea
        label="Script"
        description={
          <>
            A list of steps, as JSON. Each answers <code>times</code> requests, one without it; the last goes on for
            ever. A step is a <code>status</code> with <code>headers</code>, <code>body</code> and <code>delayMs</code>,
            or <code>&quot;hang&quot;: true</code>, or <code>&quot;reset&quot;: true</code>;{' '}
            <code>&quot;again&quot;: true</code> at the end begins anew; <code>rate</code> is the chance that it answers
            so.{' '}
            <Anchor href={`${sluiceUrl}api/docs#updateBin`} target="_blank" size="xs">
              All of it
            </Anchor>
          </>
        }
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value);
        }}
        readOnly={!canSave}
        autosize
        minRows={4}
        maxRows={16}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12.5 } }}
      />
      {problem !== null && (
        <Alert color="red" variant="light" role="alert">
          {problem}
        </Alert>
      )}
      {canSave && (
        <Group>
          <Button
            size="xs"
            loading={isBusy}
            onClick={() => {
              try {
                const next: unknown = JSON.parse(text);
                setProblem(null);
                // What is wrong with it the server says.
                onSave(next as Script);
              } catch (fault) {
                setProblem(`This is no JSON: ${messageOf(fault)}`);
              }
            }}
          >
            Answer by this script
          </Button>
        </Group>
      )}
    </Stack>
  );
}

/** A step a line. */
function textOf(script: Script): string {
  return `[\n${script.map((step) => `  ${JSON.stringify(step)}`).join(',\n')}\n]`;
}
