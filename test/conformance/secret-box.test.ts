/** What `ports/secret-box.ts` promises, of each implementation. */
import { randomBytes } from 'node:crypto';
import { makeSecretBox } from '../../src/adapters/system/secret-box.ts';
import { secretBoxSuite } from './secret-box.suite.ts';

secretBoxSuite({
  name: 'AES-256-GCM',
  make: () => {
    const bytes = randomBytes(32);
    const open = () => makeSecretBox({ bytes, name: 'a key' });
    return { box: open(), again: open };
  },
});
