import { TextInput } from '@mantine/core';
import type { HTMLInputTypeAttribute } from 'react';
import { useState } from 'react';

export interface FilterTextProps {
  readonly label: string;
  readonly value: string | undefined;
  /** Called with what stands there once it is left or entered; null for nothing. */
  readonly onChange: (value: string | null) => void;
  readonly placeholder?: string;
  readonly type?: HTMLInputTypeAttribute;
}

/** A filter that is typed: asked for when it is whole, not at each letter. */
export function FilterText({ label, value = '', onChange, placeholder, type = 'text' }: FilterTextProps) {
  const [draft, setDraft] = useState({ of: value, text: value });
  // The URL changed by other means: back, or a link.
  if (draft.of !== value) setDraft({ of: value, text: value });
  const commit = () => {
    const text = draft.text.trim();
    if (text !== value) onChange(text === '' ? null : text);
  };
  return (
    <TextInput
      label={label}
      type={type}
      value={draft.text}
      {...(placeholder === undefined ? {} : { placeholder })}
      onChange={({ currentTarget }) => {
        setDraft({ of: value, text: currentTarget.value });
      }}
      onBlur={commit}
      onKeyDown={({ key }) => {
        if (key === 'Enter') commit();
      }}
      spellCheck={false}
      autoComplete="off"
    />
  );
}

/** A moment as `datetime-local` has it, and back: the URL has it in UTC. */
export function localOf(iso: string | undefined): string {
  const ms = iso === undefined ? NaN : Date.parse(iso);
  if (Number.isNaN(ms)) return '';
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

export function isoOf(local: string | null): string | null {
  const ms = local === null ? NaN : Date.parse(local);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
