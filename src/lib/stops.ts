/** How each part stops, in the order of their start. */
export type Stops = (() => Promise<void> | void)[];

/** What stops them all, the other way round. A second stop does nothing. */
export function makeStops(): { readonly stops: Stops; readonly stop: () => Promise<void> } {
  const stops: Stops = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  return { stops, stop };
}
