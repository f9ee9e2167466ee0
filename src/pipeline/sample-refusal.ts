import { refusedSampleBytesMax } from '../domain/limits.ts';
import { jsonExcerpt } from '../lib/json-excerpt.ts';
import type { Excerpt } from '../lib/json-excerpt.ts';
import { isJsonObject } from '../lib/json-object.ts';
import { cutToUtf8 } from '../lib/utf8.ts';
import type { RefusedSample } from '../ports/refusal-store.ts';
import type { Refusal } from '../ports/telemetry.ts';

/** As long as a message id should be (protocol section 3.3). */
const MESSAGE_ID_CHARS_MAX = 100;
const MESSAGE_CHARS_MAX = 256;
/** What is left of a write key: enough to recognise which program is set up wrongly. */
const WRITE_KEY_CHARS_SHOWN = 4;

/** The member `writeKey` anywhere in JSON text, whole or cut off. */
const WRITE_KEY_MEMBER = /("writeKey"\s*:\s*")((?:[^"\\]|\\.)*)/g;

/**
 * What is kept of a refusal: the beginning of what was refused, as JSON text, or as the text that there was where it
 * is not JSON. A write key that no source has may be a credential of something else, so none is kept whole.
 */
export function sampleOf({ subject, writeKey, message, ...same }: Refusal): RefusedSample {
  const excerpt = subject === null || subject === undefined ? null : excerptOf(subject);
  const { atMs, source, reason, type, route, count } = same;
  return {
    ...{ atMs, source, reason, type, route, count },
    message: message.slice(0, MESSAGE_CHARS_MAX).toWellFormed(),
    messageId: messageIdIn(subject),
    writeKey: writeKey === null ? null : maskedKey(writeKey),
    isCut: excerpt?.isCut ?? false,
    sample: excerpt?.text ?? null,
  };
}

function excerptOf(subject: unknown): Excerpt {
  const { text, isCut } = subject instanceof Uint8Array ? textOf(subject) : jsonExcerpt(subject, refusedSampleBytesMax);
  const masked = text.replaceAll(WRITE_KEY_MEMBER, (_member, name: string, key: string) => name + maskedKey(key));
  const cut = cutToUtf8(masked.toWellFormed(), refusedSampleBytesMax);
  return { text: cut, isCut: isCut || cut.length < masked.length };
}

/** As many bytes as a head has at most may have been followed by more, and mostly were. */
function textOf(head: Uint8Array): Excerpt {
  const isCut = head.length >= refusedSampleBytesMax;
  // As a stream, because the cut may have gone through a character: what is left of it says nothing.
  return { text: new TextDecoder().decode(head, { stream: isCut }), isCut };
}

/** The message id of what was refused; null where none can be told. */
export function messageIdIn(subject: unknown): string | null {
  if (!isJsonObject(subject) || typeof subject.messageId !== 'string') return null;
  return subject.messageId.slice(0, MESSAGE_ID_CHARS_MAX).toWellFormed();
}

function maskedKey(writeKey: string): string {
  return `${writeKey.slice(0, WRITE_KEY_CHARS_SHOWN)}…`.toWellFormed();
}
