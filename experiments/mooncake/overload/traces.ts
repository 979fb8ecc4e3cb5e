/**
 * Traces of the overload study that no source has: the shipped `kimi-like` with one thing changed.
 * Each is made beside the fetched traces where it is not there yet, and says what was changed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fetchedFolder } from '../../../src/trace/locate.ts';
import { newTrace, type TraceParts } from '../../../src/trace/new-trace.ts';
import { readTrace } from '../../../src/trace/read.ts';
import type { RequestTrace } from '../../../src/trace/request-trace.ts';
import { writeTrace } from '../../../src/trace/write.ts';
import { RandomStream } from '../../../src/units/random.ts';

/** Of requests that are urgent, priority 1; the others have 0. An assumption. */
export const urgentShare = 0.25;

/** Prompt and output of requests that are all alike, and share nothing. */
const alike = { inputTokens: 8192, outputTokens: 343 };

/** A generated column of priorities: no trace at hand has any. Of nothing but the seed. */
export function prioritisedTrace(): Promise<string> {
  const seed = 1;
  const notes = `kimi-like; priority 1 for a share of ${urgentShare}, drawn with seed ${seed}`;
  return made('kimi-like-prioritised', notes, ({ count, blocks }) => {
    const random = new RandomStream(seed, 'mooncake-overload.priorities');
    const draw = () => (random.uniform() < urgentShare ? 1 : 0);
    return { blocks, priority: Int8Array.from({ length: count }, draw) };
  });
}

/** The arrivals of kimi-like, of requests that differ in nothing. */
export function alikeTrace(): Promise<string> {
  const { inputTokens, outputTokens } = alike;
  const notes = `arrivals of kimi-like; ${inputTokens} prompt tokens, ${outputTokens} output tokens`;
  return made('kimi-like-alike', notes, ({ count }) => ({
    inputTokens: new Int32Array(count).fill(inputTokens),
    outputTokens: new Int32Array(count).fill(outputTokens),
  }));
}

async function made(
  name: string,
  notes: string,
  changes: (trace: RequestTrace) => Partial<TraceParts>,
): Promise<string> {
  const file = join(fetchedFolder(), 'mooncake-overload', `${name}.arrow`);
  if (existsSync(file)) return file;
  const { trace } = await readTrace('kimi-like');
  const { meta, arrivalMs, inputTokens, outputTokens } = trace;
  const columns = { arrivalMs, inputTokens, outputTokens, ...changes(trace) };
  await writeTrace(file, newTrace({ ...meta, ...columns, name, notes }));
  return file;
}
