/**
 * Every Segment library of section 7.1 of the protocol that does not run here itself: what it sends and how it reads an
 * answer, each in a file of its own. Those for Node.js and browsers run themselves:
 * `test/e2e/segment-libraries.test.ts` and `test/browser`.
 */
import { AMP } from './amp.ts';
import { ANALYTICS_JS } from './analytics-js.ts';
import { ANDROID } from './android.ts';
import { CPP } from './cpp.ts';
import { CSHARP } from './csharp.ts';
import { DOTNET } from './dotnet.ts';
import { EDGE } from './edge.ts';
import { FLUTTER } from './flutter.ts';
import { GO } from './go.ts';
import { HTTP_API } from './http-api.ts';
import { IOS } from './ios.ts';
import { JAVA } from './java.ts';
import { KOTLIN } from './kotlin.ts';
import type { Library } from './library.ts';
import { PHP } from './php.ts';
import { PYTHON } from './python.ts';
import { REACT_NATIVE } from './react-native.ts';
import { ROKU } from './roku.ts';
import { RUBY } from './ruby.ts';
import { RUST } from './rust.ts';
import { SWIFT } from './swift.ts';

/** In the order of section 7.1. */
export const LIBRARY_FIXTURES: readonly Library[] = [
  ...ANALYTICS_JS,
  ...PYTHON,
  ...GO,
  ...JAVA,
  ...RUBY,
  ...PHP,
  ...DOTNET,
  ...CSHARP,
  ...SWIFT,
  ...KOTLIN,
  ...IOS,
  ...ANDROID,
  ...REACT_NATIVE,
  ...FLUTTER,
  ...RUST,
  ...ROKU,
  ...CPP,
  ...EDGE,
  ...AMP,
  ...HTTP_API,
];
