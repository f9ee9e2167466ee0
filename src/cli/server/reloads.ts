import type { Changes, Sluice } from '../../compose.ts';
import { changedSettings } from '../../config/changed-settings.ts';
import type { Loaded } from '../../config/load.ts';
import { SluiceError } from '../../domain/errors.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { Configured } from '../flags.ts';

export interface ReloadOptions {
  readonly configured: Pick<Configured, 'file' | 'reload'>;
  /** What the process started with. */
  readonly started: Loaded;
  readonly sluice: Pick<Sluice, 'reload'>;
  readonly telemetry: Pick<Telemetry, 'trouble'>;
  /** Told when deliveries go by the new configuration. */
  readonly onApplied: (changes: Changes) => void;
  /** Told of what nobody expected. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Reads the configuration again whenever it is asked to, one time after the other, and applies what can be applied
 * without a restart: sources and destinations. With any mistake in it, nothing changes.
 *
 *     idle ──asked──▶ reloading ──done──▶ idle
 *                      │     ▲
 *                    asked   └─done─┐
 *                      └─▶ reloading, asked again ──asked──▶ the same: what is read next is newer than every asking
 */
export class Reloads {
  readonly #options: ReloadOptions;
  #state: 'idle' | 'reloading' | 'asked again' | 'ended' = 'idle';

  constructor(options: ReloadOptions) {
    this.#options = options;
  }

  ask(): void {
    if (this.#state === 'reloading') this.#state = 'asked again';
    if (this.#state !== 'idle') return;
    this.#state = 'reloading';
    this.#reload()
      .catch((error: unknown) => {
        this.#tellFailure(error);
      })
      .finally(() => {
        const isAsked = this.#state === 'asked again';
        if (this.#state !== 'ended') this.#state = 'idle';
        if (isAsked) this.ask();
      });
  }

  /** Begins no more. */
  end(): void {
    this.#state = 'ended';
  }

  async #reload(): Promise<void> {
    const { configured, started, sluice, telemetry, onApplied } = this.#options;
    if (configured.file === null) {
      telemetry.trouble('SIGHUP is ignored: no configuration file is in use', {});
      return;
    }
    const loaded = this.#load();
    if (loaded === null) return;
    const settings = changedSettings(started, loaded);
    if (settings.length > 0) telemetry.trouble('settings changed that need a restart', { settings });
    onApplied(await sluice.reload(loaded.config));
  }

  #load(): Loaded | null {
    try {
      return this.#options.configured.reload();
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      this.#tellMistakes(error);
      return null;
    }
  }

  #tellMistakes({ details: { problems }, message }: SluiceError): void {
    const mistakes = typeof problems === 'string' ? problems.split('\n') : [message];
    this.#options.telemetry.trouble('the configuration has mistakes, and nothing was changed', { mistakes });
  }

  #tellFailure(error: unknown): void {
    const { telemetry, onFailure } = this.#options;
    if (error instanceof SluiceError && error.code === 'declaration_clash') {
      this.#tellMistakes(error);
    } else if (error instanceof SluiceError) {
      telemetry.trouble('the configuration could not be applied', { reason: error.message });
    } else {
      onFailure(error);
    }
  }
}
