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

describe.each(systemNames)("AIPerf's metrics of the run %s", (name) => {
  const values = (records: Record<string, Record<string, { value: number }>>[], tag: string) =>
    records.flatMap(({ metrics }) => metrics?.[tag]?.value ?? []);

  it('follow from its records', async () => {
    const { summary, records } = await study.aiperfFiles(name);
    const valid = records.filter(({ error }) => error === null);
    const tags = [
      'time_to_first_token',
      'time_to_second_token',
      'request_latency',
      'inter_token_latency',
      'inter_chunk_latency',
      'input_sequence_length',
      'output_sequence_length',
      'output_token_throughput_per_user',
      'e2e_output_token_throughput',
    ];
    for (const tag of tags) {
      const found = values(valid, tag);
      expect(summary[tag].count).toBe(found.length);
      expectEqual(summary[tag].avg, mean(found));
      expectEqual(summary[tag].sum, sum(found));
      expect(Math.abs(summary[tag].std - std(found))).toBeLessThanOrEqual(1e-9 * mean(found));
      expect([summary[tag].min, summary[tag].max]).toEqual([
        percentile(found, 0),
        percentile(found, 100),
      ]);
      for (const p of [1, 5, 10, 25, 50, 75, 90, 95, 99]) {
        expectEqual(summary[tag][`p${p}`], percentile(found, p));
      }
    }
    const start = Math.min(...valid.map(({ metadata }) => metadata.request_start_ns));
    const end = Math.max(...valid.map(({ metadata }) => metadata.request_end_ns));
    const seconds = (end - start) / 1e9;
    const output = sum(values(valid, 'output_sequence_length'));
    const input = sum(values(valid, 'input_sequence_length'));
    expectEqual(summary.benchmark_duration.avg, seconds);
    expectEqual(summary.request_throughput.avg, valid.length / seconds);
    expectEqual(summary.output_token_throughput.avg, output / seconds);
    expectEqual(summary.total_token_throughput.avg, (input + output) / seconds);
    expect(summary.request_count.avg).toBe(valid.length);
    expect(summary.error_request_count?.avg ?? 0).toBe(records.length - valid.length);
  });

  it('are ours under other names: its inter-token latency is our tpot', async () => {
    const { records } = await study.aiperfFiles(name);
    const valid = records.filter(({ error }) => error === null);
    const summary = await study.ours('summary', name);
    const ttft = values(valid, 'time_to_first_token');
    const e2e = values(valid, 'request_latency');
    const length = values(valid, 'output_sequence_length');
    const tpot = [...length.keys()]
      .filter((i) => (length[i] as number) > 1)
      .map((i) => (e2e[i]! - ttft[i]!) / (length[i]! - 1));
    const itl = values(valid, 'inter_token_latency');
    expect(itl).toEqual(tpot);
    for (const [metric, found] of Object.entries({ ttft, e2e, tpot: itl })) {
      expectEqual(mean(found), summary[`${metric}_mean_ms`] as number);
      for (const p of [50, 90, 99]) {
        expectEqual(percentile(found, p), summary[`${metric}_p${p}_ms`] as number);
      }
    }
  });

  it('have our gaps as inter-chunk latency, each in its bucket', async () => {
    const { records } = await study.aiperfFiles(name);
    const gaps = values(records, 'inter_chunk_latency').sort((a, b) => a - b);
    const buckets = await study.session.objects(
      `SELECT low_ms, high_ms, gaps FROM gaps WHERE run = '${study.idOf(name)}' ORDER BY low_ms`,
    );
    let at = 0;
    for (const { low_ms, high_ms, gaps: n } of buckets) {
      const inside = gaps.slice(at, at + (n as number));
      // The edge of a bucket, computed as a power, may differ from the border in its last digit.
      expect(inside[0]).toBeGreaterThanOrEqual((low_ms as number) * (1 - 1e-12));
      expect(inside[inside.length - 1]).toBeLessThanOrEqual((high_ms as number) * (1 + 1e-12));
      at += n as number;
    }
    expect(at).toBe(gaps.length);
    const [longest] = await study.session.objects(
      `SELECT max(max_gap_ms) AS ms FROM requests WHERE run = '${study.idOf(name)}'`,
    );
    expectEqual(gaps[gaps.length - 1] as number, longest?.ms as number);
  });

  it('count goodput as our attainment does, but for requests with one token', async () => {
    const { text, ttft: ttftSlo, tpot: tpotSlo, e2e: e2eSlo } = await study.middling(name);
    const { summary, records } = await study.aiperfFiles(name, '--slo', text);
    const good = records.filter(({ metrics }) => {
      const [ttft, itl, e2e] = [
        metrics.time_to_first_token?.value,
        metrics.inter_token_latency?.value,
        metrics.request_latency?.value,
      ];
      return itl !== undefined && ttft <= ttftSlo && itl <= tpotSlo && e2e <= e2eSlo;
    }).length;
    const { met, arrivals } = await study.ours(
      `attainment(ttft_slo_ms := ${ttftSlo}, tpot_slo_ms := ${tpotSlo}, e2e_slo_ms := ${e2eSlo})`,
      name,
    );
    const [single] = await study.session.objects(
      `SELECT count(*) AS n FROM requests WHERE run = '${study.idOf(name)}' AND status = 'finished'
         AND output_tokens = 1 AND ttft_ms <= ${ttftSlo} AND e2e_ms <= ${e2eSlo}`,
    );
    expect(single?.n).toBeGreaterThan(0);
    expect(good).toBeGreaterThan(0);
    expect(good + (single?.n as number)).toBe(met);
    expect(summary.good_request_count.avg).toBe(good);
    expectEqual(summary.goodput.avg, good / summary.benchmark_duration.avg);
    expectEqual(summary.good_request_fraction.avg, good / (arrivals as number));
  });
});
