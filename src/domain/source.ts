/** Where calls come from. A call belongs to the source whose write key it carries. */
export interface Source {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  /** Credentials that can only write, and may be public. */
  readonly writeKeys: readonly string[];
}
