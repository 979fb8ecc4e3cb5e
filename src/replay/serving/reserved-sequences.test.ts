import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newEngineRun } from './testing/engine-run.ts';
import { type RandomSystem, randomSystem } from './testing/random-systems.ts';

fc.configureGlobal({ seed: 41, numRuns: 150 });

/** The same system, its scheduler setting whole sequences aside at admission. */
function reserving({ system, clock }: RandomSystem): RandomSystem {
  const scheduler = { ...system.scheduler, reserve: 'sequence' };
  return { clock, system: { ...system, scheduler: scheduler as typeof system.scheduler } };
}

const systems = randomSystem({ schedulers: ['chunked-prefill', 'prefill-first'] }).map(reserving);

describe('schedulers that reserve whole sequences', () => {
  it('keep the holds they promise: rounds taken together and one by one are equal', () => {
    fc.assert(
      fc.property(systems, (one) => {
        expect(newEngineRun(one, 'fast')).toEqual(newEngineRun(one, 'step'));
      }),
    );
  });

  it('never preempt: a request that fits an empty instance ends when its time comes', () => {
    fc.assert(
      fc.property(systems, (one) => {
        const { preemptions, requests } = newEngineRun(one, 'fast');
        const { capacityTokens, blockSize } = one.system.kv;
        const most = capacityTokens - (capacityTokens % blockSize);
        expect(preemptions).toBe(0);
        for (const [i, { status }] of requests.entries()) {
          const { inputTokens, outputTokens } = one.system.requests[i]!;
          expect(status).not.toBe('unfinished');
          if (one.system.prefixCache !== null) continue;
          expect(status === 'rejected').toBe(inputTokens + outputTokens > most);
        }
      }),
    );
  });
});
