import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { generateTrace, traceGenerators } from './generators/registry.ts';
import { fetchedFolder, type LocatedTrace, resolveTrace, shippedFolder } from './locate.ts';
import { writeTrace } from './write.ts';

/**
 * As resolveTrace, but a trace that only a generator has is made first, with its defaults, and
 * written beside the fetched ones.
 */
export async function resolveOrGenerate(nameOrPath: string): Promise<LocatedTrace> {
  if (Object.hasOwn(traceGenerators, nameOrPath)) {
    const files = [shippedFolder(), fetchedFolder()].map((folder) =>
      join(folder, `${nameOrPath}.arrow`),
    );
    const [, made] = files as [string, string];
    if (!files.some(existsSync)) await writeTrace(made, await generateTrace(nameOrPath));
  }
  return resolveTrace(nameOrPath);
}
