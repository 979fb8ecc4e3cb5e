/**
 * One block-cache replay, again and again for a second in a process of its own, since code that
 * has seen two policies runs slower. Arguments: trace, policy, capacity, rule. Prints the quickest.
 */
import { parseCachePolicy } from '../../caching/parse-policy.ts';
import { BlockStream, type HitRule } from '../../replay/cache/block-stream.ts';
import { replayStream } from '../../replay/cache/replay-blocks.ts';
import { readTrace } from '../../trace/read.ts';

const [name, policy, capacity, rule] = process.argv.slice(2) as [string, string, string, HitRule];
const { trace } = await readTrace(name);
const stream = new BlockStream(trace);
const options = { policy: parseCachePolicy(policy), capacity: Number(capacity), rule };
replayStream(stream, options);
const until = performance.now() + 1000;
let wallMs = Number.POSITIVE_INFINITY;
let hits = 0;
while (performance.now() < until) {
  const start = performance.now();
  hits = replayStream(stream, options).hits;
  wallMs = Math.min(wallMs, performance.now() - start);
}
console.log(JSON.stringify({ references: stream.references, hits, wallMs }));
