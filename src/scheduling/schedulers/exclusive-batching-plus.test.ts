import { describe, expect, it } from 'vitest';
import { FakeInstance } from '../testing/fake-instance.ts';
import { exclusiveBatchingPlus } from './exclusive-batching-plus.ts';

function scheduler(given: Record<string, number> = {}) {
  const values = {
    crossover: 0.8,
    windowTokens: 65536,
    k: 3,
    prefillFixedMs: 5,
    roundFixedMs: 29.3,
    meanOutput: 345,
    maxBatchedTokens: 10,
    maxSequences: 256,
    watermark: 0,
    ...given,
  };
  return exclusiveBatchingPlus.create(values as never, { seed: 1 });
}

/** Two requests in decode that have each produced so many tokens since their prompts. */
function decodingFor(rounds: number, given: Record<string, number> = {}) {
  const eb = scheduler(given);
  const requests = [
    { tokens: 4, generated: 0 },
    { tokens: 4, generated: 0 },
  ];
  const instance = new FakeInstance({ waiting: [...requests, { tokens: 3 }], slots: 3 });
  const third = instance.queue.pop() as number;
  eb.plan(instance, instance);
  instance.running.push(...instance.prompts.splice(0));
  eb.plan(instance, instance);
  for (const one of requests) one.generated += rounds;
  instance.queue.push(third);
  instance.log.length = 0;
  eb.plan(instance, instance);
  return instance.log;
}

describe('eb-plus', () => {
  it('mixes while few of the tokens are decoded', () => {
    // 8 prompt tokens, 8 decoded: half.
    expect(decodingFor(4)).toEqual(['admit 2', 'work 2: 3', 'decodes']);
  });

  it('waits for k free slots where most of them are', () => {
    // 8 prompt tokens, 2·40 decoded: 91 %.
    expect(decodingFor(40)).toEqual(['decodes']);
    expect(decodingFor(40, { k: 1 })).toEqual(['admit 2', 'work 2: 3']);
    expect(decodingFor(40, { crossover: 0.95 })).toEqual(['admit 2', 'work 2: 3', 'decodes']);
  });

  it('cuts prompts to what the decodes leave of the token limit, and finishes them', () => {
    const eb = scheduler({ crossover: 1 });
    const instance = new FakeInstance({ waiting: [{ tokens: 14 }], decoding: [{}, {}] });
    eb.plan(instance, instance);
    expect(instance.log).toEqual(['admit 0', 'work 0: 8', 'decodes']);
    instance.left[0] = 6;
    eb.plan(instance, instance);
    expect(instance.log.slice(3)).toEqual(['work 0: 6', 'decodes']);
  });

  it('forgets an exclusive phase that a mixed one has interrupted', () => {
    const eb = scheduler({ k: 2, crossover: 0.65, maxBatchedTokens: 5 });
    const requests = Array.from({ length: 4 }, () => ({ tokens: 3, generated: 0 }));
    const instance = new FakeInstance({ waiting: requests, slots: 3 });
    const [second, third, fourth] = instance.queue.splice(1) as [number, number, number];
    const step = (...arrivals: number[]) => {
      instance.queue.push(...arrivals);
      instance.log.length = 0;
      eb.plan(instance, instance);
      instance.running.push(...instance.prompts.splice(0));
      return instance.log;
    };
    const decode = (rounds: number) => {
      for (const task of instance.running) requests[task]!.generated += rounds;
    };
    step();
    step();
    decode(10);
    // 10 of 13 tokens were decoded: exclusive. The limit leaves the third to the next step, and
    // then they are 10 of 16: mixed.
    expect(step(second, third)).toEqual([`admit ${second}`, `work ${second}: 3`]);
    expect(step()).toEqual([`admit ${third}`, `work ${third}: 3`, 'decodes']);
    decode(1);
    step();
    decode(20);
    instance.slotTasks[instance.slotTasks.indexOf(instance.running.pop() as number)] = -1;
    expect(step(fourth)).toEqual(['decodes']);
  });

  it('finishes begun prompts alone after a switch', () => {
    const state = { prefilling: [{ tokens: 14 }], decoding: [{}, {}] };
    const instance = new FakeInstance(state);
    scheduler({ maxBatchedTokens: 2 }).plan(instance, instance);
    expect(instance.log).toEqual(['work 0: 14']);
  });
});
