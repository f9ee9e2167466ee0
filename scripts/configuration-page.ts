import { FILE_VARIABLE } from '../src/config/environment.ts';
import { MINIMAL_CONFIG } from '../src/config/minimal.ts';
import { CONFIG_SCHEMA, SETTINGS } from '../src/config/settings.ts';
import type { SettingSchema } from '../src/contract/setting-schema.ts';

type JsonSchema = SettingSchema;

interface Row {
  readonly path: string;
  readonly kind: string;
  readonly otherwise: string;
  readonly text: string;
}

/** The whole of `docs/configuration.md`. Lists, since Prettier would set the columns of a table anew. */
export function configurationPage(): string {
  const properties = Object.entries(CONFIG_SCHEMA.properties ?? {});
  return `${INTRODUCTION}\n${properties.map(([key, schema]) => section(key, schema as JsonSchema)).join('\n')}`;
}

const VARIABLES: ReadonlyMap<string, string> = new Map(
  SETTINGS.map(({ path, variable }) => [path.join('.'), variable] as const),
);

const INTRODUCTION = `# Configuration

<!-- Written by scripts/write-docs.ts from src/config/schema.ts and src/contract. Change it there. -->

Sluice reads one YAML file. \`sluice serve\` takes the one named with \`--config\` or in the environment variable \`${FILE_VARIABLE}\`, else \`./sluice.yaml\`; \`sluice dev\` takes a file only when one is named. Over the file stands the [environment](#environment), and over both stand the flags \`--host\`, \`--port\` and \`--data-dir\`.

A file that does something:

\`\`\`yaml
${MINIMAL_CONFIG.trimEnd()}
\`\`\`

Unknown keys are refused, and so is a key without a value. Anchors, aliases and merge keys (\`<<\`) may be used. A file has at most 10 MiB.

- \`sluice config check\` tells all mistakes of file and environment at once, each with its line and column or its variable. No message ever holds a value.
- \`sluice config\` prints what \`serve\` would run by, complete, with the origin of each value in a comment: \`default\`, \`sluice.yaml:3\`, \`SLUICE_HTTP_PORT\`, \`--port\`. With \`--json\`, values and origins come as JSON. Secrets are masked as \`***\`: shared secrets, values of headers, the operators' token, and of an endpoint's URL all that follows its origin, since services that take webhooks put their tokens there. So the output can be shown to others. Write keys can only write, and are shown. A secret in a place that is none, such as a name, is not recognised.
- \`sluice config diff\` tells what the next start or SIGHUP would change of sources and destinations, setting by setting. It reads the data folder, also beside a running Sluice, and changes nothing ([operating.md](operating.md#sources-and-destinations)).

## References

Any text in the file can take its value, or a part of it, from elsewhere, so that secrets need not stand in it:

\`\`\`yaml
sources:
  - id: website
    writeKeys: [wk_website]
destinations:
  - id: crm
    sources: [website]
    settings:
      webhooks:
        - url: https://crm.example/hooks
          headers: { Authorization: 'Bearer \${TEAM_TOKEN}' }
      sharedSecret: \${CRM_SECRET}
\`\`\`

- \`\${NAME}\` is the environment variable of that name. It must be set, and not empty.
- \`\${file:PATH}\` is the text of a file, without its last line break: UTF-8, not empty, at most 64 KiB, a regular file. A relative path begins at the configuration file's folder.
- \`$\${\` is a literal \`\${\`.

Several references and text around them may stand in one value. What comes in is taken as it is: it is not searched for references again. Where a number, \`true\` or \`false\` is wanted, a text that is one reference is read as one (\`port: \${PORT}\`); everywhere else it is text, so that a secret of digits needs no quotes. Keys cannot hold references. Between \`{}\` and \`[]\`, YAML wants a text with a reference in quotes.

## Environment

Every setting that is there once has an environment variable, named at the setting: \`SLUICE_\`, and its path in capital letters. \`SLUICE_DELIVERY_DRAIN_MS\` stands for \`delivery.drainMs\`. Sources and destinations, and what is in them, are declared in the file alone.

- A list has commas between its entries, and replaces the list of the file: \`SLUICE_NETWORK_ALLOW=10.0.0.0/8,127.0.0.1\`.
- An empty variable counts as not set.
- A relative path in \`SLUICE_DATA_DIR\` begins where Sluice is started, as with the flag.
- A variable that sets nothing is refused when it was probably meant for Sluice: when it begins like a setting (\`SLUICE_HTTP_…\`), is spelled almost like one, or is the end of one (\`SLUICE_PORT\`). All other names are left alone, since other programs may have some that begin with \`SLUICE_\`, and so are \`SLUICE_URL\`, \`SLUICE_TOKEN\` and \`SLUICE_PROFILE\`, which are the [command line](cli.md)'s, and the addresses that Kubernetes sets for a service of the name \`sluice\` (\`SLUICE_PORT=tcp://…\`). A service whose name begins with \`sluice-http\` or another first word of a setting needs \`enableServiceLinks: false\`.

## What the file declares, and what operators make

Sources and destinations can be declared here, and made by the management API, in one installation. Each is either the file's or the operators':

- What the file declares is created, changed and removed by the file alone, at a start and on SIGHUP. The management API shows it, and answers \`declared_in_file\` to who would change it.
- What the management API made stays as it is, whatever the file says. Destinations in the file have sources of the file; those of the management API may have any, and lose one that the file no longer declares.
- A file that declares the id of something that the management API made (\`src_…\`, \`dst_…\`) takes it over: it is the file's from then on, and the log says so. \`sluice export\` writes such a file.
- Names are unique among sources, and among destinations; upper and lower case count as one. A file that gives one a name, or a write key, that the management API gave to another is refused as a whole, at a start as on SIGHUP, with all clashes ([\`declaration_clash\`](errors.md#declaration_clash-500)).

## Reading it again

On SIGHUP, \`sluice serve\` reads file, environment and the files that are referred to again, and \`sluice dev\` does when it has a file. All of it is checked first. With any mistake nothing changes, and the log has all mistakes in one record; without, what changed in \`sources\` and \`destinations\` is applied, and the log has the ids that were added, changed, removed and taken over from the management API. All other settings need a restart: those that changed are named in a warning.

Nothing that was accepted is lost. Attempts in flight end with the settings that they began with, and a changed destination goes on where it stopped: nothing is delivered twice for it. A new one begins with what arrives from then on. One that is removed or disabled is forgotten with what it still had to deliver.

Replace the file as a whole (write another, and rename it), so that no half of it is read. An empty file is refused here, and so is anything but a regular file. The environment of a process stays what it was when it started: to change a secret without a restart, have it in a file.
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
    otherwise: [otherwiseOf(schema, isRequired), ...variableOf(path)].join('; '),
    text: schema.description ?? '',
  };
  const held = mappingIn(schema.type === 'array' ? (schema.items as JsonSchema) : schema);
  const prefix = schema.type === 'array' ? `${path}[]` : path;
  const below = Object.entries(held.properties ?? {}).flatMap(([key, child]) =>
    rowsOf(`${prefix}.${key}`, child as JsonSchema, held.required?.includes(key) ?? false),
  );
  return [own, ...below];
}

/** Of alternatives the one that is a mapping, which has settings below it. */
function mappingIn(schema: JsonSchema): JsonSchema {
  const alternatives = (schema.anyOf ?? []) as readonly JsonSchema[];
  return alternatives.find(({ type }) => type === 'object') ?? schema;
}

function variableOf(path: string): readonly string[] {
  const variable = VARIABLES.get(path);
  return variable === undefined ? [] : [`\`${variable}\``];
}

function otherwiseOf(schema: JsonSchema, isRequired: boolean): string {
  if (isRequired) return 'required';
  const isPlain = schema.default !== undefined && JSON.stringify(schema.default) !== '{}';
  return isPlain ? `default \`${JSON.stringify(schema.default)}\`` : 'optional';
}

function kindOf(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map((each) => kindOf(each as JsonSchema)).join(', or ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return `one of ${schema.enum.map((value) => `\`${String(value)}\``).join(', ')}`;
  switch (schema.type) {
    case 'string':
      return 'text';
    case 'boolean':
      return '`true` or `false`';
    case 'integer':
      return `whole number ${rangeOf(schema.minimum, schema.maximum)}`;
    case 'number':
      return `number ${rangeOf(schema.minimum, schema.maximum)}`;
    case 'array':
      return `list, ${rangeOf(schema.minItems ?? 0, schema.maxItems)} entries${entriesOf(schema.items as JsonSchema)}`;
    case 'object':
      return schema.properties === undefined ? 'mapping of text to text' : 'mapping';
    case 'null':
    case undefined:
      break;
  }
  throw new Error(`this page has no words for a setting of type ${JSON.stringify(schema.type)}; teach it some`);
}

function entriesOf(entries: JsonSchema): string {
  return entries.type === 'object'
    ? ''
    : `, each ${entries.type === 'string' || entries.anyOf !== undefined ? kindOf(entries) : `a ${kindOf(entries)}`}`;
}

function rangeOf(from: number | undefined, to: number | undefined): string {
  return `${from ?? 0} to ${to === undefined ? 'any' : to.toLocaleString('en-US').replaceAll(',', ' ')}`;
}
