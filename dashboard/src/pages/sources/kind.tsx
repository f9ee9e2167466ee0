import { Select } from '@mantine/core';
import { SOURCE_KINDS, type SourceKind } from '../../../../src/contract/vocabulary.ts';

const KIND_NAMES: Readonly<Record<SourceKind, string>> = { web: 'Web', mobile: 'Mobile', server: 'Server' };

export function kindName(kind: SourceKind | null): string {
  return kind === null ? '–' : KIND_NAMES[kind];
}

export function KindSelect({
  value,
  onChange,
  isDisabled = false,
}: {
  readonly value: SourceKind | null;
  readonly onChange: (kind: SourceKind | null) => void;
  readonly isDisabled?: boolean;
}) {
  return (
    <Select
      label="Kind"
      description="What sends. It decides which libraries are shown first; web and mobile have address and user agent filled in."
      placeholder="Not said, or several"
      data={SOURCE_KINDS.map((each) => ({ value: each, label: KIND_NAMES[each] }))}
      value={value}
      onChange={(kind) => {
        onChange(kind);
      }}
      clearable
      disabled={isDisabled}
    />
  );
}
