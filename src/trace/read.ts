import { requireSound } from './check.ts';
import { decodeRequestTrace } from './decode.ts';
import type { LocatedTrace } from './locate.ts';
import type { RequestTrace } from './request-trace.ts';
import { resolveOrGenerate } from './resolve.ts';

/**
 * A trace by name or path, decoded and sound.
 * @throws InputError for the first rule it breaks
 */
export async function readTrace(
  nameOrPath: string,
): Promise<{ located: LocatedTrace; trace: RequestTrace }> {
  const located = await resolveOrGenerate(nameOrPath);
  const trace = decodeRequestTrace(located.bytes, located.path);
  requireSound(trace, located.path);
  return { located, trace };
}
