import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ExportedRuns,
  expectEqual,
  exportedRuns,
  mean,
  percentile,
  std,
  sum,
  systemNames,
} from './export.fixture.ts';

let study: ExportedRuns;
beforeAll(async () => {
  study = await exportedRuns();
});
afterAll(() => study.close());

/** Milliseconds of every latency by vLLM's formulas, over the requests without an error. */
function vllmLatencies(file: Record<string, never[]>) {
  const { errors, ttfts, latencies, output_lens, itls } = file as unknown as {
    errors: string[];
    ttfts: number[];
    latencies: number[];
    output_lens: number[];
    itls: number[][];
  };
  const done = [...errors.keys()].filter((i) => errors[i] === '');
  const of = <T>(list: T[]) => done.map((i) => list[i] as T);
  const ms = (values: number[]) => values.map((value) => value * 1000);
  const tpots = done
    .filter((i) => (output_lens[i] as number) > 1)
    .map((i) => (latencies[i]! - ttfts[i]!) / (output_lens[i]! - 1));
  return {
    done,
    ttft: ms(of(ttfts)),
    tpot: ms(tpots),
    e2el: ms(of(latencies)),
    itl: ms(of(itls).flat()),
  };
}

describe.each(systemNames)("vLLM's metrics of the run %s", (name) => {
  it('follow from the lists of the file', async () => {
    const file = await study.vllmFile(name);
    const { done, ...latencies } = vllmLatencies(file);
    expect(file.completed).toBe(done.length);
    expect(file.failed).toBe(300 - done.length);
    for (const [metric, values] of Object.entries(latencies)) {
      expectEqual(file[`mean_${metric}_ms`], mean(values));
      expectEqual(file[`median_${metric}_ms`], percentile(values, 50));
      expectEqual(file[`std_${metric}_ms`], std(values));
      for (const p of [50, 90, 95, 99]) {
        expectEqual(file[`p${p}_${metric}_ms`], percentile(values, p));
      }
    }
    const output = sum(file.output_lens);
    expectEqual(file.request_throughput, done.length / file.duration);
    expectEqual(file.output_throughput, output / file.duration);
    expectEqual(
      file.total_token_throughput,
      (output + sum(done.map((i) => file.input_lens[i]))) / file.duration,
    );
  });

  it('are ours under other names: ttft, tpot, e2e, and throughput', async () => {
    const { done, ttft, tpot, e2el } = vllmLatencies(await study.vllmFile(name));
    const summary = await study.ours('summary', name);
    for (const [metric, values] of Object.entries({ ttft, tpot, e2e: e2el })) {
      expectEqual(mean(values), summary[`${metric}_mean_ms`] as number);
      for (const p of [50, 90, 99]) {
        expectEqual(percentile(values, p), summary[`${metric}_p${p}_ms`] as number);
      }
    }
    const file = await study.vllmFile(name);
    expect(done.length).toBe(summary.finished);
    expectEqual(file.request_throughput, summary.requests_per_s as number);
    expectEqual(file.output_throughput, summary.tokens_per_s as number);
  });

  it('have gaps for every token, whose quantiles ours meet within a bucket', async () => {
    const file = await study.vllmFile(name);
    const { done, itl } = vllmLatencies(file);
    for (const i of done) {
      expect(file.itls[i]).toHaveLength(file.output_lens[i] - 1);
      expectEqual(file.ttfts[i] + sum(file.itls[i]), file.latencies[i]);
    }
    const [gaps] = await study.session.objects(
      `SELECT sum(gaps) AS n, sum(sum_ms) AS ms FROM gaps WHERE run = '${study.idOf(name)}'`,
    );
    expect(itl.length).toBe(gaps?.n);
    expectEqual(sum(itl), gaps?.ms as number);
    for (const p of [50, 90, 99]) {
      const { itl_ms } = await study.ours(`itl(${p / 100})`, name);
      expect(Math.abs((itl_ms as number) / percentile(itl, p) - 1)).toBeLessThan(0.005);
    }
  });

  it('count goodput as our attainment does', async () => {
    const { text, ttft: ttftSlo, tpot: tpotSlo, e2e: e2eSlo } = await study.middling(name);
    const file = await study.vllmFile(name, '--slo', text);
    const good = file.errors.filter((error: string, i: number) => {
      const [n, ttft, e2e] = [file.output_lens[i], file.ttfts[i], file.latencies[i]];
      const tpot = n > 1 ? (e2e - ttft) / (n - 1) : 0;
      const within = ttft * 1000 <= ttftSlo && tpot * 1000 <= tpotSlo && e2e * 1000 <= e2eSlo;
      return error === '' && within;
    }).length;
    const attainment = await study.ours(
      `attainment(ttft_slo_ms := ${ttftSlo}, tpot_slo_ms := ${tpotSlo}, e2e_slo_ms := ${e2eSlo})`,
      name,
    );
    expect(good).toBe(attainment.met);
    expect(good).toBeGreaterThan(0);
    expect(good).toBeLessThan(300);
    expectEqual(good / file.num_prompts, attainment.attainment as number);
    expectEqual(file.request_goodput, attainment.goodput_per_s as number);
  });
});
