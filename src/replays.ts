import type { DataFolder } from './adapters/sql/data-folder.ts';
import { openSqliteReplayStore } from './adapters/sql/replay-store.ts';
import type { HistoryThread } from './history-link.ts';
import { Replays, type ReplaysOptions } from './pipeline/replays.ts';

/** The replays that there are, in a file of their own; their events are counted in the history thread. */
export async function openReplays({
  folder,
  history,
  ...rest
}: Omit<ReplaysOptions, 'store' | 'selector'> & {
  readonly folder: Pick<DataFolder, 'replayFile'>;
  readonly history: Pick<HistoryThread, 'select' | 'rangeOf'>;
}): Promise<Replays> {
  const selector: ReplaysOptions['selector'] = {
    page: async (...asked) => history.select(...asked),
    rangeOf: async (...asked) => history.rangeOf(...asked),
  };
  return Replays.open({ store: openSqliteReplayStore({ file: folder.replayFile }), selector, ...rest });
}
