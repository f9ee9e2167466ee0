import { SluiceError } from '../../domain/errors.ts';

/** Aborted by the first SIGTERM or SIGINT, so that what was begun is taken away again. A second one ends at once. */
export function stoppable(folder: string): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      controller.abort(new SluiceError('stopped_early', { signal, folder }));
    });
  }
  return controller.signal;
}
