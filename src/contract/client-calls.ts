import type { Answer, Asking, Operation } from './operation.ts';
import type { OperationId, Operations } from './operations.ts';

/** A value of a query as a program has it: it is written as a text. */
type Loose<Value> = [Value] extends ['true' | 'false' | undefined]
  ? Value | boolean
  : string extends Value
    ? Value | number
    : Value;

/** What may be left out may also be undefined. */
type LooseQuery<Query> = {
  readonly [Key in keyof Query]: Partial<Pick<Query, Key>> extends Pick<Query, Key>
    ? Loose<Query[Key]> | undefined
    : Loose<Query[Key]>;
};

/** An object with nothing in it that is needed need not be given. */
type Given<Name extends string, Value> = [Value] extends [undefined]
  ? unknown
  : undefined extends Value
    ? { readonly [Key in Name]?: Value }
    : Partial<Value> extends Value
      ? { readonly [Key in Name]?: Value | undefined }
      : { readonly [Key in Name]: Value };

type GivenQuery<Query> = [Query] extends [undefined] ? unknown : Given<'query', LooseQuery<Query>>;
type GivenParams<Params> = [keyof Params] extends [never] ? unknown : { readonly params: Params };

/** What one gives a method of the client. */
export type Call<Of extends Operation> = GivenParams<Asking<Of>['params']> &
  GivenQuery<Asking<Of>['query']> &
  Given<'body', Asking<Of>['body']> & { readonly signal?: AbortSignal };

type Arguments<Of extends Operation> =
  Partial<Call<Of>> extends Call<Of> ? readonly [asked?: Call<Of>] : readonly [asked: Call<Of>];

/** Those that answer JSON, or nothing. */
type PlainId = {
  [Id in OperationId]: 'messages' extends keyof Operations[Id] ? never : Id;
}[OperationId];

/** Lists that come in pages. */
type PagedId = {
  [Id in OperationId]: HasCursor<Asking<Operations[Id]>['query']> extends true ? Id : never;
}[OperationId];

type HasCursor<Query> = Query extends undefined ? false : 'cursor' extends keyof Query ? true : false;

/** A method for each operation, under its id. Rejects with an `ApiError`, or as `fetch` does. */
export type Methods = {
  readonly [Id in PlainId]: (...asked: Arguments<Operations[Id]>) => Promise<Answer<Operations[Id]>>;
};

/** Page after page of a list, from the cursor that is given or the beginning. A page may be empty and not the last. */
export type Pages = {
  readonly [Id in PagedId]: (...asked: Arguments<Operations[Id]>) => AsyncGenerator<Answer<Operations[Id]>, void>;
};
