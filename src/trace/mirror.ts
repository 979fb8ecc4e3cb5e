import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { packageRoot } from './locate.ts';

/**
 * Folder with local copies of the public files that the catalogue names: REPRISE_TRACE_MIRROR,
 * else `../shared/traces` beside the repository where that exists, else null.
 */
export function findTraceMirror(): string | null {
  const named = process.env.REPRISE_TRACE_MIRROR;
  if (named) return existsSync(named) ? resolve(named) : null;
  const beside = resolve(packageRoot(), '..', 'shared', 'traces');
  return existsSync(beside) ? beside : null;
}
