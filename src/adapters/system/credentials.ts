import { createHash, randomBytes } from 'node:crypto';
import type { Credentials } from '../../ports/credentials.ts';

const BYTES = 32;

export const systemCredentials: Credentials = {
  make: () => randomBytes(BYTES).toString('base64url'),
  hashOf: (text) => createHash('sha256').update(text).digest('base64url'),
};
