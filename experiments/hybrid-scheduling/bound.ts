import { makespanBound } from '../../src/scheduling/bounds/makespan-bound.ts';
import { readTrace } from '../../src/trace/read.ts';
import { backlog, profile } from './profile.ts';

/**
 * Lower bounds of the total time of the reference backlog, as quantities that claims can read.
 * The paper's own theorem is not known; this one is derived (src/scheduling/bounds).
 */
export async function boundQuantities() {
  const { trace } = await readTrace('gsm8k');
  return [0, 5].flatMap((p0) => {
    const { inputTokens, outputTokens } = trace;
    const work = { inputTokens, outputTokens, clients: backlog.slots };
    const { rounds, stages, totalMs } = makespanBound(work, profile(p0));
    const source = 'a·max(ceil(N/J), longest) + b·N + p1·P + p0·ceil(n/J)';
    return [
      { name: `bound, p0 = ${p0} ms`, value: totalMs / 1000, unit: 's', source },
      { name: `rounds, p0 = ${p0} ms`, value: rounds, unit: 'rounds', source },
      { name: `stages, p0 = ${p0} ms`, value: stages, unit: 'stages', source },
    ];
  });
}
