import type { FormErrors } from '@mantine/form';
import { ApiError } from '../../api.ts';
import { capitalised } from '../../format.ts';
import { problemsIn } from '../../parts/problems.ts';
import { durationsOf } from './durations.ts';
import type { Values } from './settings-form.ts';

export interface FoundProblems {
  /** By the paths of fields. */
  readonly fields: FormErrors;
  /** Sentences about what has no field. */
  readonly others: readonly string[];
}

/** What Sluice has against what was sent, at the fields that it is about. */
export function problemsAt(error: unknown, values: Values): FoundProblems {
  const problems = problemsOf(error);
  const fields: Record<string, string> = {};
  const others: string[] = [];
  for (const { path, message: marked } of problems) {
    const message = marked.replaceAll('`', '');
    const field = fieldOf(path, values);
    const sentence = capitalised(message);
    if (field === null) others.push(path === '' ? sentence : `${path} ${message}`);
    else fields[field] = sentence;
  }
  return { fields, others };
}

/** Of an error that is about one field its path stands in no details. */
function problemsOf(error: unknown): ReturnType<typeof problemsIn> {
  if (error instanceof ApiError && error.code === 'name_taken') return [{ path: 'name', message: error.message }];
  if (error instanceof ApiError && error.code === 'source_not_found')
    return [{ path: 'sources', message: error.message }];
  return problemsIn(error);
}

/** Those whose fields are called otherwise than their settings; longer ones first. */
const RENAMED: readonly (readonly [RegExp, string])[] = [
  [/^settings\.tls\.(ca|cert|key)$/, 'tls.$1'],
  [/^settings\.tls.*$/, 'tls.ca'],
  [/^settings\.auth\.bearer$/, 'auth.token'],
  [/^settings\.auth\.basic\.(username|password)$/, 'auth.$1'],
  [/^settings\.auth.*$/, 'auth.kind'],
  [/^settings\.webhooks\[(\d+)\]\.auth\.bearer$/, 'webhooks.$1.auth.token'],
  [/^settings\.webhooks\[(\d+)\]\.auth\.basic\.(username|password)$/, 'webhooks.$1.auth.$2'],
  [/^settings\.webhooks\[(\d+)\]\.auth.*$/, 'webhooks.$1.auth.kind'],
  [/^settings\.webhooks\[(\d+)\](\.url)?$/, 'webhooks.$1.url'],
  [/^settings\.webhooks\[(\d+)\]\.headers$/, 'webhooks.$1.headers'],
  [/^settings\.webhooks$/, 'webhooks'],
  [/^settings\.(webhookUrl|sharedSecret)$/, '$1'],
  [/^settings$/, 'webhookUrl'],
  [/^sources.*$/, 'sources'],
  [/^(name|enabled)$/, '$1'],
  [/^delivery\.backoffMs.*$/, 'waits'],
  [/^delivery\.batch\.(maxEvents|maxBytes|maxWaitMs)$/, 'batch.$1'],
  [/^delivery\.batch$/, 'isBatched'],
  [/^delivery\.filter\.(types|names).*$/, '$1.values'],
  [
    /^delivery\.(success|retries|timeoutMs|concurrency|rateLimitPerSecond|circuitBreaker|order|history|method|aliasLabels)$/,
    '$1',
  ],
];

function fieldOf(path: string, values: Values): string | null {
  const header = /^settings\.webhooks\[(\d+)\]\.headers(?:\.([\w-]+)|\[("(?:[^"\\]|\\.)*")\])$/.exec(path);
  if (header !== null) return headerFieldOf(header, values);
  const renamed = RENAMED.find(([from]) => from.test(path));
  return renamed === undefined ? null : path.replace(...renamed);
}

function headerFieldOf([, index = '0', plain, quoted]: RegExpExecArray, values: Values): string {
  const name = plain ?? (JSON.parse(quoted ?? '""') as string);
  const rows = values.webhooks[Number(index)]?.headers ?? [];
  const row = rows.findLastIndex((each) => each.name.trim() === name);
  return row < 0 ? `webhooks.${index}.headers` : `webhooks.${index}.headers.${row}.name`;
}

/** What can be told before Sluice is asked: what could not even be said to it. */
export function mistakesIn(values: Values): FormErrors {
  const errors: Record<string, string> = {};
  if (values.backoff === 'list' && durationsOf(values.waits) === null) {
    errors['waits'] = 'Must be times with commas between: 1s, 30s, 5min, 2h';
  }
  values.webhooks.forEach(({ headers }, at) => {
    const seen = new Set<string>();
    headers.forEach(({ name, value }, row) => {
      const key = name.trim().toLowerCase();
      if (key === '' && value !== '') errors[`webhooks.${at}.headers.${row}.name`] = 'Needs a name';
      if (key !== '' && seen.has(key)) errors[`webhooks.${at}.headers.${row}.name`] = 'Is there twice';
      seen.add(key);
    });
  });
  for (const of of ['types', 'names'] as const) {
    if (values[of].rule !== 'all' && values[of].values.length === 0) {
      errors[`${of}.values`] = 'Must have at least one';
    }
  }
  return errors;
}
