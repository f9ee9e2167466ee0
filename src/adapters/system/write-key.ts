import { randomBytes } from 'node:crypto';
import type { WriteKeyMaker } from '../../ports/write-key-maker.ts';

/** 32 characters of base64. */
const KEY_BYTES = 24;

export const makeWriteKey: WriteKeyMaker = () => `wk_${randomBytes(KEY_BYTES).toString('base64url')}`;
