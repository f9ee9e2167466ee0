import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { MASK } from './settings-form.ts';

/** A field of a secret. What is stored is not known here: it shows that there is something, to leave or to replace. */
export function SecretInput({ value, ...props }: PasswordInputProps) {
  const isStored = value === MASK;
  return (
    <PasswordInput
      autoComplete="new-password"
      spellCheck={false}
      visibilityToggleButtonProps={{ 'aria-label': 'Show what was written' }}
      {...props}
      value={value ?? ''}
      {...(isStored ? { description: 'Stored, and not shown: write another to replace it' } : {})}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      onFocus={(event) => {
        if (isStored) event.currentTarget.select();
      }}
    />
  );
}
