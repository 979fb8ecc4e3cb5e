import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InstanceView, Plan } from '../../policy/scheduler.ts';
import { FakeInstance } from '../testing/fake-instance.ts';
import { type RoundRequest, runRounds } from '../testing/round-engine.ts';
import { vtc } from './vtc.ts';

fc.configureGlobal({ seed: 36, numRuns: 100 });

const values = {
  batching: 'mixed',
  budget: 200,
  maxSequences: 256,
  inputWeight: 1,
  outputWeight: 2,
};

function scheduler(options: object = {}) {
  return vtc.create({ ...values, ...options } as never, { seed: 1 });
}

function admitted(log: readonly string[]): number[] {
  return log.filter((line) => /admit/.test(line)).map((line) => Number(line.split(' ').at(-1)));
}

describe('VTC', () => {
  it('admits from the tenant that has been charged least, prompts counted at once', () => {
    const waiting = [
      { tenant: 0, tokens: 10 },
      { tenant: 0, tokens: 10 },
      { tenant: 1, tokens: 4 },
      { tenant: 1, tokens: 4 },
      { tenant: 1, tokens: 4 },
    ];
    const instance = new FakeInstance({ waiting });
    scheduler().plan(instance, instance);
    // Counters: 10 | 0, 10 | 4, 10 | 8, 10 | 12, 20 | 12.
    expect(admitted(instance.log)).toEqual([0, 2, 3, 4, 1]);
  });

  it('gives no credit for the time during which a tenant asked for nothing', () => {
    const request = (tenant: number, arrivalMs: number): RoundRequest => ({
      arrivalMs,
      input: 4,
      output: 4,
      tenant,
    });
    const busy = Array.from({ length: 12 }, () => request(0, 0));
    const late = Array.from({ length: 4 }, () => request(1, 60));
    const system = { requests: [...busy, ...late], capacityBlocks: 99, blockTokens: 1, slots: 1 };
    const order = admitted(runRounds(system, scheduler(), 'fast').log);
    const first = order.findIndex((task) => task >= 12);
    // From then on they take turns: the newcomer does not catch up first.
    expect(order.slice(first, first + 6).map((task) => (task >= 12 ? 1 : 0))).toEqual([
      1, 0, 1, 0, 1, 0,
    ]);
  });

  it('keeps the service of two tenants that always wait within twice the bound of the paper', () => {
    const lengths = fc.record({
      input: fc.integer({ min: 1, max: 20 }),
      output: fc.integer({ min: 1, max: 20 }),
    });
    const queues = fc.tuple(
      fc.array(lengths, { minLength: 12, maxLength: 20 }),
      fc.array(lengths, { minLength: 12, maxLength: 20 }),
    );
    fc.assert(
      fc.property(queues, fc.integer({ min: 40, max: 120 }), ([a, b], capacityBlocks) => {
        const of = (list: typeof a, tenant: number) =>
          list.map((one) => ({ ...one, arrivalMs: 0, tenant }));
        const requests = [...of(a, 0), ...of(b, 1)];
        const inner = scheduler();
        let worst = 0;
        const watched = {
          plan(view: InstanceView, out: Plan) {
            const served = [0, 0];
            const queued = new Set<number>();
            for (let i = 0; i < view.waiting; i++) queued.add(view.waitingTask(i));
            const waiting = new Set([...queued].map((task) => view.tenant(task)));
            for (const [task, { tenant, input }] of requests.entries()) {
              const generated = view.generated(task);
              if (!queued.has(task) || generated > 0) served[tenant]! += input + 2 * generated;
            }
            if (waiting.size === 2) worst = Math.max(worst, Math.abs(served[0]! - served[1]!));
            inner.plan(view, out);
          },
        };
        runRounds({ requests, capacityBlocks, blockTokens: 1, slots: 0 }, watched, 'step');
        // 2 · max(w_p · longest prompt, w_q · tokens that memory holds)
        expect(worst).toBeLessThanOrEqual(2 * Math.max(20, 2 * capacityBlocks));
      }),
    );
  });

  it('goes on with one tenant alone', () => {
    const instance = new FakeInstance({ waiting: [{ tenant: 3 }, { tenant: 3 }] });
    scheduler().plan(instance, instance);
    expect(admitted(instance.log)).toEqual([0, 1]);
  });

  it('looks again when the tenant that does not fit will have overtaken one that does', () => {
    const one = scheduler();
    const large = { blocks: 9 };
    const first = [
      { tenant: 0, tokens: 5 },
      { tenant: 1, tokens: 20 },
      { tenant: 0, ...large },
      { tenant: 1, ...large },
    ];
    const start = new FakeInstance({ waiting: first, freeBlocks: 4 });
    one.plan(start, start);
    expect(admitted(start.log)).toEqual([0, 1]);
    // Counters 5 and 20; two decodes of tenant 0 add 4 a round, and only tenant 1 fits.
    const waiting = [
      { tenant: 0, ...large },
      { tenant: 1, blocks: 1 },
    ];
    const decoding = [{ tenant: 0 }, { tenant: 0 }];
    const next = new FakeInstance({ waiting, decoding, freeBlocks: 4 });
    one.plan(next, next);
    expect(next.log).toEqual(['decodes', 'hold {"rounds":3}']);
  });
});
