import { SegmentedControl, TextInput } from '@mantine/core';
import { useState } from 'react';

/** As the management API names a person. */
export type Person = { readonly userId: string } | { readonly anonymousId: string };

type Field = 'userId' | 'anonymousId';

export interface PersonDraft {
  readonly field: Field;
  readonly id: string;
}

export function usePersonDraft() {
  const [draft, setDraft] = useState<PersonDraft>({ field: 'userId', id: '' });
  const person: Person = draft.field === 'userId' ? { userId: draft.id } : { anonymousId: draft.id };
  return { draft, setDraft, person };
}

export interface PersonFieldsProps {
  readonly draft: PersonDraft;
  readonly onChange: (draft: PersonDraft) => void;
}

/** Who is meant, by one of the two names of a person. */
export function PersonFields({ draft, onChange }: PersonFieldsProps) {
  return (
    <>
      <SegmentedControl
        aria-label="What the person is named by"
        data={['userId', 'anonymousId']}
        value={draft.field}
        onChange={(value) => {
          onChange({ ...draft, field: value === 'userId' ? 'userId' : 'anonymousId' });
        }}
      />
      <TextInput
        label={draft.field}
        value={draft.id}
        required
        autoComplete="off"
        spellCheck={false}
        onChange={({ currentTarget }) => {
          onChange({ ...draft, id: currentTarget.value });
        }}
      />
    </>
  );
}
