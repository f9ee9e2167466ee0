import { z } from 'zod';
import { MINIMAL_CONFIG } from '../src/config/minimal.ts';
import { configSchema } from '../src/config/schema.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

interface Row {
  readonly path: string;
  readonly kind: string;
  readonly otherwise: string;
  readonly text: string;
}

/** The whole of `docs/configuration.md`. Lists, since Prettier would set the columns of a table anew. */
export function configurationPage(): string {
  const properties = Object.entries(z.toJSONSchema(configSchema, { io: 'input' }).properties ?? {});
  return `${INTRODUCTION}\n${properties.map(([key, schema]) => section(key, schema as JsonSchema)).join('\n')}`;
}

const INTRODUCTION = `# Configuration

<!-- Written by scripts/write-docs.ts from src/config/schema.ts. Change it there. -->

Sluice reads one YAML file. \`sluice serve\` takes \`./sluice.yaml\`, or the file named with \`--config\`; \`sluice dev\` takes a file only when one is named. \`sluice config check\` tells all mistakes of a file at once, each with its line and column.

The flags \`--host\`, \`--port\` and \`--data-dir\` stand over the file.

A file that does something:

\`\`\`yaml
${MINIMAL_CONFIG.trimEnd()}
\`\`\`

Unknown keys are refused, and so is a key without a value. Anchors, aliases and merge keys (\`<<\`) may be used. A file has at most 10 MiB.
`;

function section(key: string, schema: JsonSchema): string {
  const [first, ...rest] = rowsOf(key, schema, false);
  const heading = `## \`${key}\`\n\n${rest.length > 0 ? `${first?.text ?? ''}\n` : entry(first)}`;
  return `${heading}\n${rest.map(entry).join('\n')}`.trimEnd() + '\n';
}

function entry(row: Row | undefined): string {
  if (row === undefined) return '';
  return `- \`${row.path}\`: ${row.kind}; ${row.otherwise}. ${row.text}`;
}

/** The setting itself, and then all below it. */
function rowsOf(path: string, schema: JsonSchema, isRequired: boolean): readonly Row[] {
  const own = {
    path,
    kind: kindOf(schema),
    otherwise: otherwiseOf(schema, isRequired),
    text: schema.description ?? '',
  };
  const held = schema.type === 'array' ? (schema.items as JsonSchema) : schema;
  const prefix = schema.type === 'array' ? `${path}[]` : path;
  const below = Object.entries(held.properties ?? {}).flatMap(([key, child]) =>
    rowsOf(`${prefix}.${key}`, child as JsonSchema, held.required?.includes(key) ?? false),
  );
  return [own, ...below];
}

function otherwiseOf(schema: JsonSchema, isRequired: boolean): string {
  if (isRequired) return 'required';
  const isPlain = schema.default !== undefined && JSON.stringify(schema.default) !== '{}';
  return isPlain ? `default \`${JSON.stringify(schema.default)}\`` : 'optional';
}

function kindOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return `one of ${schema.enum.map((value) => `\`${String(value)}\``).join(', ')}`;
  switch (schema.type) {
    case 'string':
      return 'text';
    case 'boolean':
      return '`true` or `false`';
    case 'integer':
      return `whole number ${rangeOf(schema.minimum, schema.maximum)}`;
    case 'array':
      return `list, ${rangeOf(schema.minItems ?? 0, schema.maxItems)} entries${entriesOf(schema.items as JsonSchema)}`;
    case 'object':
      return schema.properties === undefined ? 'mapping of text to text' : 'mapping';
    case 'number':
    case 'null':
    case undefined:
      break;
  }
  throw new Error(`this page has no words for a setting of type ${JSON.stringify(schema.type)}; teach it some`);
}

function entriesOf(entries: JsonSchema): string {
  return entries.type === 'object' ? '' : `, each ${entries.type === 'string' ? 'text' : `a ${kindOf(entries)}`}`;
}

function rangeOf(from: number | undefined, to: number | undefined): string {
  return `${from ?? 0} to ${to === undefined ? 'any' : to.toLocaleString('en-US').replaceAll(',', ' ')}`;
}
