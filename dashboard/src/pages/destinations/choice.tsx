import { Radio, Stack } from '@mantine/core';
import { useSettingsContext } from './settings-form.ts';

export interface ChoiceProps {
  readonly label: string;
  /** Of the form. */
  readonly path: string;
  readonly choices: readonly (readonly [value: string, label: string, what: string])[];
  readonly onChange?: (chosen: string) => void;
}

/** One of a few, each with what it does. */
export function Choice({ label, path, choices, onChange }: ChoiceProps) {
  const form = useSettingsContext();
  const { onChange: set, ...field } = form.getInputProps(path) as {
    readonly onChange: (chosen: string) => void;
    readonly value: string;
  };
  return (
    <Radio.Group
      label={label}
      {...field}
      onChange={(chosen) => {
        set(chosen);
        onChange?.(chosen);
      }}
    >
      <Stack gap={8} mt={6}>
        {choices.map(([value, name, what]) => (
          <Radio key={value} value={value} label={name} {...(what === '' ? {} : { description: what })} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
