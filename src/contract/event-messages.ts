/** A server-sent event with data. */
export interface EventMessage {
  readonly kind: string;
  /** Going on after it is asked for by this. */
  readonly id: string;
  /** Parsed. */
  readonly data: unknown;
}

/** Characters of one message: a batch of a MiB in which each is escaped, twice; what is longer is of no Sluice. */
const MESSAGE_CHARS_MAX = 4 * 1024 * 1024;

/**
 * Server-sent events as they come (HTML, section 9.2), as far as Sluice makes use of them: lines end with `\n`, `data` is
 * one line of JSON. What has no data is no message, and its id counts for the next.
 *
 * @param onPlace is told where the stream is, also by what is no message; a message of that place comes right after
 */
export async function* messagesIn(
  bytes: ReadableStream<Uint8Array>,
  onPlace?: (id: string) => void,
): AsyncGenerator<EventMessage, void> {
  let left = '';
  let id = '';
  const decoder = new TextDecoder();
  for await (const piece of bytes) {
    left += decoder.decode(piece, { stream: true });
    const blocks = left.split('\n\n');
    left = blocks.pop() ?? '';
    if (left.length > MESSAGE_CHARS_MAX) throw new Error('this is no live stream of Sluice: a message has no end');
    for (const block of blocks) {
      const fields = fieldsIn(block);
      id = fields.get('id') ?? id;
      onPlace?.(id);
      const data = fields.get('data');
      if (data !== undefined) yield { kind: fields.get('event') ?? 'message', id, data: JSON.parse(data) };
    }
  }
}

function fieldsIn(block: string): ReadonlyMap<string, string> {
  return new Map(
    block.split('\n').map((line) => {
      const [name = '', ...value] = line.split(':');
      return [name, value.join(':').replace(/^ /, '')];
    }),
  );
}
