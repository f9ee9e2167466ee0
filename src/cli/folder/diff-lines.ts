import type { FieldChange, Foreseen, ForeseenDeclaration } from '../../provisioning.ts';
import { printable } from '../printable.ts';

export type Paint = (color: 'green' | 'yellow' | 'red' | 'dim', text: string) => string;

const SIGNS = {
  add: { sign: '+', color: 'green', more: '' },
  change: { sign: '~', color: 'yellow', more: '' },
  adopt: { sign: '~', color: 'yellow', more: ': the management API made it, and the file takes it over' },
  disconnect: { sign: '~', color: 'yellow', more: ': the management API made it, and it loses a source' },
  remove: { sign: '-', color: 'red', more: '' },
} as const;

/** A value on a line of its own, at most. */
const VALUE_CHARS_MAX = 200;

/** What would change, as lines for a terminal, ends included. */
export function diffLines(foreseen: ForeseenDeclaration, dataDir: string, paint: Paint): readonly string[] {
  const { sources, destinations, untouched, isNew } = foreseen;
  const lines = [
    ...sources.flatMap((each) => linesOf('source', each, paint)),
    ...destinations.flatMap((each) => linesOf('destination', each, paint)),
  ];
  const kept = untouched.sources + untouched.destinations;
  const notes = [
    ...(isNew ? [`there is nothing in ${printable(dataDir, VALUE_CHARS_MAX)} yet`] : []),
    lines.length === 0 ? 'nothing would change' : summaryOf([...sources, ...destinations]),
    ...(kept === 0
      ? []
      : [`${keptText(untouched)} of the management API would stay as ${kept === 1 ? 'it is' : 'they are'}`]),
  ];
  return [...lines, ...(lines.length === 0 ? [] : ['']), notes.join('; ')].map((line) => `${line}\n`);
}

function linesOf(kind: string, { id, name, change, fields }: Foreseen, paint: Paint): readonly string[] {
  const { sign, color, more } = SIGNS[change];
  const called = name === id ? '' : ` "${printable(name)}"`;
  return [paint(color, `${sign} ${kind} ${id}${called}${more}`), ...fields.map((field) => fieldLine(field, paint))];
}

function fieldLine({ path, before, after, isHidden }: FieldChange, paint: Paint): string {
  const place = `    ${printable(path, VALUE_CHARS_MAX)}`;
  if (isHidden) return `${place}: changes`;
  const [was, is] = [before, after].map((value) =>
    value === undefined ? paint('dim', '(not set)') : valueText(value),
  );
  return `${place}: ${was ?? ''} -> ${is ?? ''}`;
}

function valueText(value: unknown): string {
  return printable(JSON.stringify(value), VALUE_CHARS_MAX);
}

function summaryOf(all: readonly Foreseen[]): string {
  const count = (...changes: readonly Foreseen['change'][]): number =>
    all.filter(({ change }) => changes.includes(change)).length;
  const [added, changed, removed] = [count('add'), count('change', 'adopt', 'disconnect'), count('remove')];
  return `${added} to add, ${changed} to change, ${removed} to remove`;
}

function keptText({ sources, destinations }: ForeseenDeclaration['untouched']): string {
  const parts = [counted(sources, 'source'), counted(destinations, 'destination')];
  return parts.filter((part) => part !== null).join(' and ');
}

function counted(count: number, noun: string): string | null {
  return count === 0 ? null : `${count} ${noun}${count === 1 ? '' : 's'}`;
}
