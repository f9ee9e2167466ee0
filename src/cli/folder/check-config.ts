import { type Flags, serveConfig } from '../flags.ts';

/** `sluice config check`: says what file and environment declare. @throws SluiceError with all their mistakes */
export function checkConfig(flags: Flags): void {
  const { sources, destinations } = serveConfig(flags, process.env).load().config;
  process.stdout.write(`ok: ${counted(sources.length, 'source')}, ${counted(destinations.length, 'destination')}\n`);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
