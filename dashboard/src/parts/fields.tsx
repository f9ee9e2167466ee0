import { Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** Names and what they have, below each other where it is narrow. */
export function Fields({ fields }: { readonly fields: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl style={{ display: 'grid', gridTemplateColumns: 'minmax(90px, auto) 1fr', gap: '6px 16px', margin: 0 }}>
      {fields.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <Text component="dt" size="sm" c="var(--quiet)">
            {name}
          </Text>
          <Text component="dd" size="sm" m={0} style={{ overflowWrap: 'anywhere', minWidth: 0 }}>
            {value}
          </Text>
        </div>
      ))}
    </dl>
  );
}
