import { createRequire } from 'node:module';
import { packageRoot } from '../trace/locate.ts';

declare const __ENGINE_VERSION__: string | undefined;

let known: string | undefined =
  typeof __ENGINE_VERSION__ === 'string' ? __ENGINE_VERSION__ : undefined;

/** sha256 over the sources that can change a result: fixed in the bundle, computed from source. */
export function engineVersion(): string {
  if (known === undefined) {
    const require = createRequire(import.meta.url);
    const { engineVersion: compute } = require('../dev/engine-version.cjs') as {
      engineVersion: (root: string) => string;
    };
    known = compute(packageRoot());
  }
  return known;
}
