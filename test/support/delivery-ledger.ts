import type { Answer, ReceivedRequest } from './receiver.ts';

/** What one destination got, told by message id: what came, under which `webhook-id`, and what came again. */
export class DeliveryLedger {
  /** Deliveries that were answered 200 after the first that was. */
  duplicates = 0;
  /** Message id → every `webhook-id` that it came under, whatever was answered. */
  readonly webhookIds = new Map<string, Set<string>>();
  readonly #delivered = new Set<string>();
  readonly #answer: () => Answer;
  #awaited: { readonly ids: ReadonlySet<string>; readonly all: () => void } | null = null;

  /** @param answer what the next request is answered; only a 200 counts as a delivery */
  constructor(answer: () => Answer) {
    this.#answer = answer;
  }

  /** To be given to a receiver's `answer`. */
  readonly script = (request: ReceivedRequest): Answer => {
    const { messageId } = JSON.parse(request.body) as { messageId: string };
    this.#noteId(messageId, String(request.headers['webhook-id']));
    const answer = this.#answer();
    if (typeof answer === 'object' && (answer.status ?? 200) === 200) this.#noteDelivery(messageId);
    return answer;
  };

  /** Which of these were never delivered. */
  missing(ids: Iterable<string>): string[] {
    return [...ids].filter((id) => !this.#delivered.has(id));
  }

  /** Resolves when all of these were delivered, or rejects with those that were not within that time. */
  async all(ids: ReadonlySet<string>, withinMs: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        const missing = this.missing(ids);
        reject(new Error(`${missing.length} of ${ids.size} were not delivered: ${missing.slice(0, 10).join(', ')} …`));
      }, withinMs);
      const all = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#awaited = { ids, all };
      this.#look();
    });
  }

  #noteId(messageId: string, webhookId: string): void {
    const ids = this.webhookIds.get(messageId);
    if (ids === undefined) this.webhookIds.set(messageId, new Set([webhookId]));
    else ids.add(webhookId);
  }

  #noteDelivery(messageId: string): void {
    if (this.#delivered.has(messageId)) this.duplicates += 1;
    this.#delivered.add(messageId);
    this.#look();
  }

  #look(): void {
    const awaited = this.#awaited;
    if (awaited === null || this.#delivered.size < awaited.ids.size) return;
    if (this.missing(awaited.ids).length === 0) awaited.all();
  }
}
