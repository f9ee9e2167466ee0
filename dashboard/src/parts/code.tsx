import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMemo } from 'react';
import classes from './code.module.css';
import { Copy } from './copy.tsx';

/** More than anybody reads, and less than slows a page down. */
const SHOWN_CHARS_MAX = 200_000;

export interface CodeProps {
  readonly text: string;
  /** Names it: `request body`. */
  readonly what: string;
  readonly children?: ReactNode;
  readonly maxHeight?: number;
  /** Whether long lines are broken; else they are scrolled to. */
  readonly isWrapped?: boolean;
}

/** A text as it is, to read and to copy. */
export function Code({ text, what, children, maxHeight = 420, isWrapped = true }: CodeProps) {
  const style = { maxHeight, ...(isWrapped ? {} : ({ whiteSpace: 'pre', overflowWrap: 'normal' } as const)) };
  const isCut = text.length > SHOWN_CHARS_MAX;
  return (
    <div className={classes['block']}>
      {/* It scrolls, and so has to be reached by keyboard. */}
      <pre className={classes['text']} style={style} tabIndex={0} role="region" aria-label={what}>
        {children ?? (isCut ? text.slice(0, SHOWN_CHARS_MAX) : text)}
      </pre>
      <div className={classes['copy']}>
        <Copy text={text} what={what} />
      </div>
      {isCut && (
        <Text size="xs" p="xs">
          The first {SHOWN_CHARS_MAX.toLocaleString('en-US')} characters are shown; copying takes all of it.
        </Text>
      )}
    </div>
  );
}

/** Anything as JSON, or JSON text, indented and coloured. What is no JSON is shown as it is. */
export function Json({
  value,
  what,
  maxHeight,
}: {
  readonly value: unknown;
  readonly what: string;
  readonly maxHeight?: number;
}) {
  const text = useMemo(() => indented(value), [value]);
  const height = maxHeight === undefined ? {} : { maxHeight };
  if (text.length > SHOWN_CHARS_MAX / 4) return <Code text={text} what={what} {...height} />;
  return (
    <Code text={text} what={what} {...height}>
      {coloured(text)}
    </Code>
  );
}

function indented(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2);
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}

/** A text with its colon where it is a key; else a number, true, false or null. */
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g;

function coloured(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const { 0: token, 1: string, 2: colon, index } of text.matchAll(TOKEN)) {
    parts.push(text.slice(end, index));
    const kind = string === undefined ? 'plain' : colon === undefined ? 'string' : 'key';
    parts.push(
      <span key={index} className={classes[kind]}>
        {token}
      </span>,
    );
    end = index + token.length;
  }
  parts.push(text.slice(end));
  return parts;
}
