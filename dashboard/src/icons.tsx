import type { ReactElement } from 'react';

/** Lines on a square of 24, drawn in the colour of the text beside them. */
const PATHS = {
  home: 'M4 11.5 12 5l8 6.5M6 10v9h4.5v-5h3v5H18v-9',
  sources: 'M20 5v14M4 12h11M11 7.5l4.5 4.5-4.5 4.5',
  destinations: 'M4 5v14M8.5 12H20M15.5 7.5 20 12l-4.5 4.5',
  events: 'M5 6h14M5 12h14M5 18h9',
  bins: 'M4.5 13 7 5.5h10l2.5 7.5v5.5h-15zM4.5 13h4.5c.3 1.8 1.4 2.7 3 2.7s2.7-.9 3-2.7h4.5',
  administration: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8v4.4M9 14.8v4.4',
  copy: 'M9 9h10v11H9zM5 15.5V4h10',
  done: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6 6 18',
  play: 'M8 5.5v13l10.5-6.5z',
  pause: 'M8.5 5.5v13M15.5 5.5v13',
  search: 'M10.5 4.5a6 6 0 1 1 0 12 6 6 0 0 1 0-12M15 15l5 5',
  sun: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z',
  key: 'M8 11.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M10.5 12.5 19 4M15.5 7.5l3 3',
  external: 'M13 5h6v6M19 5l-8.5 8.5M10 6H5v13h13v-5',
  next: 'M9 5.5l6.5 6.5L9 18.5',
  down: 'M5.5 9l6.5 6.5L18.5 9',
  again: 'M19 12a7 7 0 1 1-2.2-5.1M19.5 4v4.5H15',
  remove: 'M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7',
  add: 'M12 5v14M5 12h14',
  send: 'M20 4 3.5 10.5l6.5 3 3 6.5zM20 4 10 13.5',
  alert: 'M12 4.5 21 19.5H3zM12 10.5v4M12 17v.3',
  out: 'M10 5H5v14h5M14.5 8l4.5 4-4.5 4M19 12H9.5',
  clock: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M12 7.5V12l3 2',
  lock: 'M6.5 11h11v8.5h-11zM9 11V8a3 3 0 0 1 6 0v3',
  more: 'M5.5 12h.1M12 12h.1M18.5 12h.1',
  download: 'M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14',
} as const;

export type IconName = keyof typeof PATHS;

/** Says nothing to who cannot see it: what it stands beside, or the button's label, does. */
export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }): ReactElement {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2.6 : 1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
