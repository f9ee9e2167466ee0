import assert from 'node:assert/strict';
import { askApi } from './management-api.ts';
import type { SluiceProcess } from './sluice-process.ts';

interface Made {
  readonly id: string;
}

/** An operator, who is let in by an API token of this name. */
export class ApiOperator {
  readonly #sluice: SluiceProcess;
  readonly #token: string;

  static async named(sluice: SluiceProcess, name: string, role: 'viewer' | 'admin'): Promise<ApiOperator> {
    const { body } = await askApi(sluice, '/tokens', { body: { name, role } });
    return new ApiOperator(sluice, (body as { readonly token: string }).token);
  }

  private constructor(sluice: SluiceProcess, token: string) {
    this.#sluice = sluice;
    this.#token = token;
  }

  async ask(method: string, path: string, body?: object): ReturnType<typeof askApi> {
    return askApi(this.#sluice, path, { method, token: this.#token, ...(body === undefined ? {} : { body }) });
  }

  /** The same, which has to succeed. */
  async does<Shown = Made>(method: string, path: string, body?: object): Promise<Shown> {
    const answer = await this.ask(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as Shown;
  }
}
