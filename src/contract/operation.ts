import type { z } from 'zod';
import type { ErrorCode } from '../domain/errors.ts';

/** Whom an operation asks for: anybody, whoever may look, or whoever may change things. */
export const LEAST_ROLES = ['anyone', 'viewer', 'admin'] as const;
export type LeastRole = (typeof LEAST_ROLES)[number];

/**
 * One thing that can be asked of the management API: the one place that says how it is asked for, by whom, and what it
 * answers. Routes are registered from it, `docs/openapi.json` is written from it, and the typed client is typed by it.
 */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`; what differs is in braces: `/replays/{id}`. */
  readonly path: `/${string}`;
  /** What it is about, as the reference page groups it. */
  readonly tag: string;
  /** What it does, in a line: an imperative sentence without its full stop. */
  readonly summary: string;
  /** What else one has to know, in Markdown. */
  readonly description?: string;
  readonly role: LeastRole;
  /** What stands behind the question mark. Each value comes as a text. Without it: nothing may. */
  readonly query?: z.ZodObject;
  /** As JSON. An empty body is `undefined` to it. Without it: no body is read. */
  readonly body?: z.ZodType;
  /** What the body is like, where `body` takes anything, because what holds in it depends on what is there. */
  readonly form?: z.ZodType;
  /** The body is a merge patch (RFC 7396) of the form: everything may be left out, or be null. */
  readonly isPatch?: true;
  /** Answered also while Sluice stops, when all else is refused: what is in flight needs it. */
  readonly whileClosing?: true;
  readonly status: 200 | 201 | 202 | 204;
  /** What is answered; null for nothing, and for a stream of messages. */
  readonly answer: z.ZodType | null;
  /** Of what answers with server-sent events: the data of each, by its name. */
  readonly messages?: Readonly<Record<string, z.ZodType>>;
  /** Codes of the catalogue that are this operation's own, besides those that any may answer. */
  readonly errors: readonly ErrorCode[];
}

/** A table of operations, by their ids: what a client's methods are called. */
export function defineOperations<const Table extends Readonly<Record<string, Operation>>>(table: Table): Table {
  return table;
}

/** Names between braces in a path. */
type ParameterOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterOf<Rest>
  : never;

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type Given<Schema> = Schema extends z.ZodType ? z.input<Schema> : undefined;

/** What a request asks, once it is checked. */
export interface Asked<Of extends Operation> {
  readonly params: Readonly<Record<ParameterOf<Of['path']>, string>>;
  readonly query: Parsed<Of['query']>;
  readonly body: Parsed<Of['body']>;
}

/** The same as whoever asks writes it. */
export interface Asking<Of extends Operation> {
  readonly params: Readonly<Record<ParameterOf<Of['path']>, string>>;
  readonly query: Given<Of['query']>;
  readonly body: BodyGiven<Of>;
}

type BodyGiven<Of extends Operation> = Of['form'] extends z.ZodType
  ? Of['isPatch'] extends true
    ? Patch<z.input<Of['form']>>
    : z.input<Of['form']>
  : Given<Of['body']>;

type Patch<Value> = Value extends readonly unknown[]
  ? Value
  : Value extends object
    ? { readonly [Key in keyof Value]?: Patch<Value[Key]> | null }
    : Value;

/** What an operation answers; null for nothing. */
export type Answer<Of extends Operation> = Of['answer'] extends z.ZodType ? Shown<Of['answer']> : null;

/** What a schema describes, as whoever shows it makes it: nothing of it is changed afterwards. */
export type Shown<Schema extends z.ZodType> = Frozen<z.output<Schema>>;

type Frozen<Value> = Value extends readonly (infer Entry)[]
  ? readonly Frozen<Entry>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value;
