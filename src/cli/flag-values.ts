import { InvalidArgumentError } from 'commander';
import { isHost } from '../config/values.ts';

/** @throws InvalidArgumentError */
export function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535; 0 picks a free port.');
  }
  return port;
}

/** @throws InvalidArgumentError */
export function hostOf(text: string): string {
  if (!isHost(text)) {
    throw new InvalidArgumentError('It must be a host name or an address alone, such as 127.0.0.1, ::1 or 0.0.0.0.');
  }
  return text;
}

/** @throws InvalidArgumentError */
export function pathOf(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

/** The origin of an http or https URL. @throws InvalidArgumentError */
export function originOf(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '') {
    throw new InvalidArgumentError('It must be a URL without a path, such as https://events.example.com.');
  }
  return url.origin;
}

/** How many, at least one. @throws InvalidArgumentError */
export function countOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}

/** @throws InvalidArgumentError */
export function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** Gathers the values of a flag that may be given several times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
