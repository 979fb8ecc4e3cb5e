import { describe, expect, it } from 'vitest';
import { gantt } from './hybrid-scheduling-slots.ts';
import { crossover } from './hybrid-scheduling-sweeps.ts';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('figures on client slots', () => {
  const at = (policy: string, sigma: number, util: number) => ({ policy, sigma, util });

  it('find where a policy falls to the baseline, by straight lines', () => {
    const rows = [at('a', 0, 0.9), at('a', 0.1, 0.8), at('a', 0.3, 0.6), at('b', 0, 0.9)];
    expect(crossover(rows, 'a', 0.75)).toBeCloseTo(0.15, 12);
    expect(crossover(rows, 'a', 0.5)).toBeNaN();
    expect(crossover(rows, 'b', 0.75)).toBeNaN();
  });

  it('sum what slots wait for the last of them', () => {
    // Five slots that end after 1 to 5 s: 10 slot seconds of 25 are idle.
    const requests = [1, 2, 3, 4, 5].map((finish_s) => ({
      ...{ policy: 'fcfs', request_id: finish_s, slot: finish_s, start_s: 0, finish_s },
      output_tokens: 100 * finish_s,
    }));
    const runs = [{ policy: 'fcfs', total_s: 5, util_round: 0.6 }];
    const { title, rows } = gantt(requests, runs, 'fcfs');
    expect(plain(title)).toContain('60.0 % decode in a round; 10 slot seconds are idle');
    expect(plain(title)).toContain('40.0 % of all');
    // Every fifth slot is drawn: the first to be done, and its idle time.
    expect(rows.map((row) => [row.start_s, row.finish_s, row.length])).toEqual([
      [0, 1, 'answers under 250 tokens'],
      [1, 5, 'idle'],
    ]);
  });
});
