/** Longer than any spelling of a time: 19 for date and time, 10 for the fraction, 6 for the offset, and to spare. */
const TIMESTAMP_CHARS_MAX = 64;

/** Date, then optionally time with fraction and offset. Month, day and hour may miss their leading zero. */
const TIMESTAMP =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?:[Zz]|([+-])(\d{2}):?(\d{2})?)?)?$/;

/** The Gregorian calendar repeats after 400 years, to the day: 146,097 of them. */
const GREGORIAN_CYCLE_MS = 146_097 * 24 * 60 * 60 * 1000;

/**
 * The moment that a sender's timestamp names, in milliseconds since 1970, or `null` when it names none.
 *
 * Reads every spelling that libraries send (protocol section 4.1): ISO 8601 with any number of fractional digits,
 * `Z` or a numeric offset, a date alone, and months, days and hours without their leading zero. What has no offset is
 * UTC. Beyond that it is strict where `Date.parse` guesses: garbage must not become an event's time.
 */
export function parseTimestamp(value: unknown): number | null {
  if (typeof value !== 'string' || value.length > TIMESTAMP_CHARS_MAX) return null;
  const parts = TIMESTAMP.exec(value);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHours, offsetMinutes] = parts;
  const dayMs = dayMsOf(Number(year), Number(month), Number(day));
  const timeMs = timeMsOf(Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0));
  const offsetMs = timeMsOf(Number(offsetHours ?? 0), Number(offsetMinutes ?? 0), 0);
  if (dayMs === null || timeMs === null || offsetMs === null) return null;
  const fractionMs = Number((fraction ?? '').slice(0, 3).padEnd(3, '0'));
  return dayMs + timeMs + fractionMs - (sign === '-' ? -offsetMs : offsetMs);
}

function dayMsOf(year: number, month: number, day: number): number | null {
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  // A cycle later, because `Date.UTC` takes the years 0 to 99 for 1900 to 1999.
  return Date.UTC(year + 400, month - 1, day) - GREGORIAN_CYCLE_MS;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function timeMsOf(hour: number, minute: number, second: number): number | null {
  // 60 is a leap second, which belongs to the next minute here as in every clock that counts from 1970.
  if (hour > 23 || minute > 59 || second > 60) return null;
  return ((hour * 60 + minute) * 60 + second) * 1000;
}

/**
 * When an event happened by our clock: the sender's time, corrected by how much its clock was off when it sent
 * (`receivedAt − (sentAt − original)`, protocol section 4.1). Without a readable `sentAt` the sender's time stands;
 * without a readable time of its own, it happened when it came.
 */
export function correctedMs(original: unknown, sentAt: unknown, receivedAtMs: number): number {
  const originalMs = parseTimestamp(original);
  if (originalMs === null) return receivedAtMs;
  const sentAtMs = parseTimestamp(sentAt);
  return sentAtMs === null ? originalMs : receivedAtMs - (sentAtMs - originalMs);
}

/** As it is written in events: ISO 8601 in UTC with milliseconds. */
export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** The time of receipt that was written last: writing one costs 1 µs, and what comes in one millisecond shares it. */
let latest = { ms: 0, text: isoOf(0) };

/** The same for a time of receipt. */
export function receiptIsoOf(ms: number): string {
  if (latest.ms !== ms) latest = { ms, text: isoOf(ms) };
  return latest.text;
}
