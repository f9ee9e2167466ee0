import { Card, MultiSelect, Select, Stack, TagsInput, Text, Title } from '@mantine/core';
import { CALL_TYPES } from '../../../../src/contract/vocabulary.ts';
import { useSettingsContext } from './settings-form.ts';

/** Which events of its sources it gets. */
export function FilterFields() {
  const form = useSettingsContext();
  const { types, names } = form.values;
  return (
    <Card withBorder>
      <Stack>
        <div>
          <Title order={2} size="h4">
            Filter
          </Title>
          <Text size="sm" c="var(--quiet)">
            Which events of its sources it gets. Both have to let an event through.
          </Text>
        </div>
        <Select
          label="Types"
          maw={480}
          allowDeselect={false}
          data={rules('types')}
          {...form.getInputProps('types.rule')}
        />
        {types.rule !== 'all' && (
          <MultiSelect
            label={types.rule === 'include' ? 'Types that it gets' : 'Types that it does not get'}
            maw={480}
            data={[...CALL_TYPES]}
            {...form.getInputProps('types.values')}
          />
        )}
        <Select
          label="Event names"
          maw={480}
          allowDeselect={false}
          data={rules('names')}
          {...form.getInputProps('names.rule')}
        />
        {names.rule !== 'all' && (
          <TagsInput
            label={names.rule === 'include' ? 'Event names that it gets' : 'Event names that it does not get'}
            description={`Enter after each; upper and lower case matter. ${
              names.rule === 'include' ? 'Events without a name are not sent.' : 'Events without a name are sent.'
            }`}
            splitChars={[]}
            acceptValueOnBlur
            {...form.getInputProps('names.values')}
          />
        )}
      </Stack>
    </Card>
  );
}

function rules(what: string) {
  return [
    { value: 'all', label: `All ${what}` },
    { value: 'include', label: `These ${what} alone` },
    { value: 'exclude', label: `All ${what} but these` },
  ];
}
