/** One step of what a request bin answers: exactly one of `status`, `hang`, `reset` and `again`. */
export interface BinStep {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly delayMs?: number;
  /** Takes the request and never answers, until its sender gives up. */
  readonly hang?: true;
  /** Takes the request and resets the connection. */
  readonly reset?: true;
  /** As the last step: begins with the first one again. */
  readonly again?: true;
  /** For so many requests. Without it: one, and of the last step all that come. */
  readonly times?: number;
  /** With this chance, in [0, 1]; all others of its requests are answered with 200. */
  readonly rate?: number;
}

/** What becomes of one request. */
export type BinAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly delayMs: number;
    }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset'; readonly delayMs: number };

const SUCCESS = '{"success":true}';
const AT_ONCE: BinAnswer = { kind: 'answer', status: 200, headers: {}, body: SUCCESS, delayMs: 0 };

/**
 * What a bin answers: its steps one after the other, and 200 when they are through.
 *
 * A step that is the last without a number of `times` is never through. Requests that a step's `rate` lets pass count for
 * its `times` as well.
 *
 * @param number of the request since the script was set, counting from 0
 * @param chance uniform in [0, 1)
 */
export function answerOf(script: readonly BinStep[], number: number, chance: number): BinAnswer {
  const step = stepAt(script, number);
  if (step === null || chance >= (step.rate ?? 1)) return AT_ONCE;
  const { status = 200, headers = {}, delayMs = 0 } = step;
  if (step.hang === true) return { kind: 'hang' };
  if (step.reset === true) return { kind: 'reset', delayMs };
  const { body = status < 300 ? SUCCESS : '' } = step;
  return { kind: 'answer', status, headers, body, delayMs };
}

function stepAt(script: readonly BinStep[], number: number): BinStep | null {
  const isRound = script.at(-1)?.again === true;
  const steps = isRound ? script.slice(0, -1) : script;
  const timesOf = ({ times }: BinStep, index: number): number =>
    times ?? (isRound || index < steps.length - 1 ? 1 : Infinity);
  const round = steps.reduce((sum, step, index) => sum + timesOf(step, index), 0);
  let left = isRound && round > 0 ? number % round : number;
  for (const [index, step] of steps.entries()) {
    const times = timesOf(step, index);
    if (left < times) return step;
    left -= times;
  }
  return null;
}

/** What is wrong with a step as a whole, each with the key that it is about; an empty key is the step. */
export function stepProblems(step: BinStep): readonly { readonly key: string; readonly message: string }[] {
  const kinds = (['status', 'hang', 'reset', 'again'] as const).filter((key) => step[key] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1)
    return [{ key: '', message: 'must have one of `status`, `hang`, `reset` and `again`' }];
  const allowed = ALLOWED_WITH[kind];
  const others = Object.keys(step).filter((key) => key !== kind && !allowed.includes(key));
  return others.map((key) => ({ key, message: `cannot be there together with \`${kind}\`` }));
}

const ALLOWED_WITH: Readonly<Record<'status' | 'hang' | 'reset' | 'again', readonly string[]>> = {
  status: ['headers', 'body', 'delayMs', 'times', 'rate'],
  hang: ['times', 'rate'],
  reset: ['delayMs', 'times', 'rate'],
  again: [],
};

/** Those that belong to the connection, and those by which an answer says something for all of this server's pages. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...['connection', 'content-length', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'alt-svc'],
  ...[
    'set-cookie',
    'clear-site-data',
    'strict-transport-security',
    'content-security-policy',
    'service-worker-allowed',
  ],
  ...['x-content-type-options', 'report-to', 'reporting-endpoints', 'nel'],
]);

/** Whether no answer of a bin may have a header of this name: a bin has the same origin as the dashboard. */
export function isForbiddenInAnswer(name: string): boolean {
  return FORBIDDEN.has(name.toLowerCase());
}
