import { type Flags, loadServeConfig } from './flags.ts';

/** `sluice config check`: says what the file declares. @throws SluiceError with all its mistakes */
export function checkConfig(flags: Flags): void {
  const { sources, destinations } = loadServeConfig(flags);
  process.stdout.write(`ok: ${counted(sources.length, 'source')}, ${counted(destinations.length, 'destination')}\n`);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
