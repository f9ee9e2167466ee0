import type { ShownDestination } from '../../../contract/destinations.ts';
import type { Paint, Tone } from '../../colors.ts';
import { agoText, counted, printable } from '../../printable.ts';
import { type Column, fieldLines } from '../../table.ts';
import { pathsIn } from '../given-settings.ts';

/** How a destination stands, in a word, and whether that is well. */
export function standingOf({ enabled, isHeld, endpoints }: ShownDestination): readonly [word: string, tone: Tone] {
  if (!enabled) return ['disabled', 'quiet'];
  if (endpoints.some(({ state }) => state === 'paused')) return [isHeld === true ? 'paused' : 'partly paused', 'bad'];
  if (endpoints.some(({ state }) => state === 'held')) return [isHeld === true ? 'held' : 'partly held', 'bad'];
  return isHeld === null ? ['unknown', 'quiet'] : ['open', 'good'];
}

export const DESTINATION_COLUMNS: readonly Column<ShownDestination>[] = [
  { title: 'ID', of: ({ id }) => id, isKept: true },
  { title: 'NAME', of: ({ name }) => name },
  { title: 'STATE', of: (each) => standingOf(each)[0], tone: (each) => standingOf(each)[1] },
  { title: 'WAITING', of: ({ owed }) => (owed === null ? '?' : String(owed.waiting)) },
  { title: 'ENDPOINTS', of: ({ endpoints }) => endpoints.map(({ url }) => hostIn(url)).join(', ') },
  { title: 'SOURCES', of: ({ sources }) => sources.join(', ') },
  { title: 'ORIGIN', of: ({ origin }) => origin },
];

/** A destination in full: how it stands, and every setting by the path that `--set` takes. */
export function destinationLines(destination: ShownDestination, paint: Paint): readonly string[] {
  const { id, name, sources, endpoints, owed, origin, rotation, settings, delivery } = destination;
  const [word, tone] = standingOf(destination);
  return [
    ...fieldLines(
      [
        ['id', printable(id)],
        ['name', printable(name, 200)],
        ['state', paint(tone, word)],
        ['sources', sources.map((each) => printable(each)).join(', ') || 'none: it gets nothing'],
        ['owed', owed === null ? null : owedText(owed)],
        ['rotation', rotation === null ? null : `two secrets sign until ${rotation.endsAt}`],
        ['origin', origin === 'file' ? 'the configuration file, which alone changes it' : null],
      ],
      paint,
    ),
    '',
    ...endpoints.map((each) => endpointText(each, paint)),
    '',
    ...fieldLines(
      pathsIn({ settings, delivery }).map(([path, text]) => [printable(path, 200), printable(text, 500)]),
      paint,
    ),
  ];
}

export function endpointText(
  {
    url,
    state,
    reason,
    since,
  }: Omit<ShownDestination['endpoints'][number], 'state'> & { readonly state: string | null },
  paint: Paint,
): string {
  const word = state ?? 'unknown';
  const why = reason === null ? '' : ` (${printable(reason)})`;
  const when = since === null || state === 'open' ? '' : ` since ${agoText(since)}`.replace(' ago', '');
  return `${paint(state === 'open' ? 'good' : 'bad', word)}${why}${when}  ${printable(url, 200)}`;
}

function owedText({ waiting, parked, inFlight, oldestAt, expired }: NonNullable<ShownDestination['owed']>): string {
  if (waiting === 0 && inFlight === 0) return 'nothing waits';
  const parts = [
    `${counted(waiting, 'event')} waiting`,
    ...(oldestAt === null ? [] : [`the oldest came ${agoText(oldestAt)}`]),
    ...(parked === 0 ? [] : [`${parked} wait for a retry`]),
    ...(inFlight === 0 ? [] : [`${inFlight} in flight`]),
    ...(expired === 0 ? [] : [`${expired} expired so far`]),
  ];
  return parts.join(', ');
}

export function hostIn(url: string): string {
  return URL.parse(url)?.host ?? '?';
}
