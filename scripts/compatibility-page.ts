import { type Row, type Section, VERDICTS } from '../test/compatibility/row.ts';
import { SECTIONS } from '../test/compatibility/sections.ts';
import { markdownTable } from './markdown-table.ts';

/** The whole of `docs/segment-compatibility.md`. */
export function compatibilityPage(): string {
  return `${introduction()}\n${SECTIONS.map(sectionText).join('\n\n')}\n`;
}

function introduction(): string {
  const rows = SECTIONS.flatMap((section) => section.rows);
  const [same, different, absent] = VERDICTS.map((each) => rows.filter(({ verdict }) => verdict === each).length);
  return `# Compatibility with Segment

<!-- Written by scripts/write-docs.ts from test/compatibility. Change it there. -->

For whoever moves from Segment: every call, field, status and library, and what becomes of it here. How to point a library here is in [libraries.md](libraries.md).

- **same** (${same}): what Segment documents, and what its libraries rely on, holds here.
- **different** (${different}): it works, but not in the same way; the note says how, and why.
- **absent** (${absent}): there is no such thing here.

Each row is [a test](../test/compatibility) that runs against a Sluice with a webhook behind it, and fails when the row is no longer true.
`;
}

function sectionText({ title, introduction: text, rows }: Section): string {
  const table = markdownTable(['At Segment', 'Here', 'Worth knowing'], rows.map(cells));
  return [`## ${title}`, ...(text === '' ? [] : [text]), table].join('\n\n');
}

function cells({ about, verdict, note }: Row): readonly string[] {
  return [about, verdict === 'same' ? verdict : `**${verdict}**`, note];
}
