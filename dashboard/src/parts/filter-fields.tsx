import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';

interface FieldProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | null) => void;
}

/** One of a few words, or any. */
export function FilterChoice({
  label,
  value,
  options,
  onChange,
}: FieldProps & { readonly options: readonly string[] }) {
  // What the URL says shows, also where it is none of them.
  const all = value === undefined || options.includes(value) ? options : [...options, value];
  return (
    <Select label={label} size="xs" placeholder="any" data={all} value={value ?? null} onChange={onChange} clearable />
  );
}

/** Taken over with Enter, or when one leaves it: each letter would ask Sluice anew. */
export function FilterText({
  label,
  value = '',
  placeholder = 'any',
  onChange,
}: FieldProps & { readonly placeholder?: string }) {
  return <Draft type="text" {...{ label, value, placeholder }} onDone={onChange} />;
}

/** A moment in the reader's own time zone; the URL has it in UTC. */
export function FilterMoment({ label, value, onChange }: FieldProps) {
  const shown = value === undefined ? '' : localOf(value);
  return (
    <Draft
      type="datetime-local"
      label={label}
      value={shown}
      placeholder=""
      onDone={(text) => {
        onChange(isoOf(text));
      }}
    />
  );
}

/** As an input of a moment has it; empty for what is none. */
export function localOf(iso: string): string {
  const atMs = Date.parse(iso);
  if (Number.isNaN(atMs)) return '';
  return new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What such an input says, as the API takes it; null for nothing. */
export function isoOf(local: string | null): string | null {
  const atMs = local === null ? NaN : Date.parse(local);
  return Number.isNaN(atMs) ? null : new Date(atMs).toISOString();
}

interface DraftProps {
  readonly type: 'text' | 'datetime-local';
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  readonly onDone: (value: string) => void;
}

function Draft({ type, label, value, placeholder, onDone }: DraftProps) {
  const [draft, setDraft] = useState({ of: value, text: value });
  // The URL changed by other means: back, or a link. The field stays the one that has the focus.
  if (draft.of !== value) setDraft({ of: value, text: value });
  const done = () => {
    const text = draft.text.trim();
    if (text !== value) onDone(text);
  };
  return (
    <TextInput
      {...{ type, label, placeholder }}
      size="xs"
      value={draft.text}
      onChange={(event) => {
        setDraft({ of: value, text: event.currentTarget.value });
      }}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === 'Enter') done();
      }}
    />
  );
}
