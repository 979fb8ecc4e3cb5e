/**
 * A run as the file that vLLM's serving benchmark writes (`vllm bench serve --save-result
 * --save-detailed --percentile-metrics ttft,tpot,itl,e2el --metric-percentiles 50,90,95,99`).
 * Keys, units and formulas: vllm-project/vllm at 009e6d4a1cd6, vllm/benchmarks/serve.py
 * (`calculate_metrics`, `benchmark`, `main_async`) and vllm/benchmarks/lib/endpoint_request_func.py
 * (`RequestFuncOutput`). Seconds in the lists, milliseconds in keys that end in `_ms`.
 *
 * Stands for something else here: `date` is time 0 of the trace, written as 1970; `backend` names
 * this project; `request_rate` is "inf", as for every trace with arrival times of its own;
 * `duration` ends with the last finish, as the tables do not say when a failed request ended.
 * Left out: `generated_texts` (a replay makes no text), `queue_times` (its client does not queue),
 * `rtfx` (audio) and what a server reports of speculative or diffusion decoding.
 */
import { type Distribution, distributionOf } from './distribution.ts';
import type { RequestRow, RunAbout } from './run-rows.ts';
import type { Slos } from './slos.ts';
import { hasAllGaps, type TokenGaps } from './token-gaps.ts';

const percentiles = [50, 90, 95, 99];

const itlFields = ['mean', 'median', 'std', ...percentiles.map((p) => `p${p}`)].map(
  (statistic) => `${statistic}_itl_ms`,
);

/** What the benchmark keeps of a request; seconds. */
interface Output {
  readonly success: boolean;
  readonly promptLen: number;
  readonly outputLen: number;
  readonly startTime: number;
  readonly ttft: number;
  readonly latency: number;
  /** Not start plus latency: equal times must stay equal. */
  readonly endTime: number;
  readonly error: string;
}

/** Fields that the document lacks since the gaps of some requests are unknown. */
export function leftOutOfBench(gaps: TokenGaps): string[] {
  if (hasAllGaps(gaps)) return [];
  const statistics = gaps.pooled === null ? itlFields : [];
  return ['itls', 'max_output_tokens_per_s', ...statistics];
}

/** The document in lines: one per key, and one per request within `itls`. */
export function* vllmBenchLines(
  about: RunAbout,
  requests: readonly RequestRow[],
  gaps: TokenGaps,
  slos: Slos,
): Generator<string> {
  const outputs = requests.map(outputOf);
  const itls = hasAllGaps(gaps) ? requests.map((_, place) => secondsOf(gaps, place)) : null;
  const entries = {
    ...head(about, requests.length, slos),
    ...totals(outputs, slos),
    ...lists(outputs),
    ...latencies(outputs, gaps),
    ...(itls && { max_output_tokens_per_s: peakTokensPerSecond(outputs, itls) }),
  };
  const lines = Object.entries(entries).map(
    ([k, v]) => `${JSON.stringify(k)}: ${JSON.stringify(v)}`,
  );
  yield '{';
  for (const line of lines.slice(0, -1)) yield `${line},`;
  yield `${lines[lines.length - 1]}${itls ? ',' : ''}`;
  if (itls) {
    yield '"itls": [';
    for (const [i, itl] of itls.entries()) {
      yield `[${itl.join(', ')}]${i + 1 < itls.length ? ',' : ''}`;
    }
    yield ']';
  }
  yield '}';
}

function outputOf(request: RequestRow): Output {
  const success = request.status === 'finished';
  return {
    success,
    promptLen: request.inputTokens,
    outputLen: success ? request.outputTokens : 0,
    startTime: request.arrivalMs / 1000,
    ttft: (request.ttftMs ?? 0) / 1000,
    latency: (request.e2eMs ?? 0) / 1000,
    endTime: (request.finishMs ?? 0) / 1000,
    error: success ? '' : [request.status, request.reason].filter(Boolean).join(': '),
  };
}

function secondsOf(gaps: TokenGaps, place: number): Float64Array {
  return (gaps.of(place) ?? new Float64Array()).map((ms) => ms / 1000);
}

function head(about: RunAbout, requests: number, slos: Slos) {
  const given = Object.entries(slos).map(([name, ms]) => `${name === 'e2e' ? 'e2el' : name}:${ms}`);
  return {
    date: '19700101-000000',
    endpoint_type: 'reprise',
    backend: 'reprise',
    label: about.label,
    model_id: about.model,
    tokenizer_id: null,
    num_prompts: requests,
    // Free keys with texts, as --metadata adds them.
    run: about.run,
    scenario_hash: about.scenarioHash,
    trace: about.trace,
    gpu: about.gpu,
    ...(given.length > 0 && { goodput_slos: given.join(' ') }),
    request_rate: 'inf',
    burstiness: 1,
    max_concurrency: about.concurrency,
  };
}

function totals(outputs: readonly Output[], slos: Slos) {
  const done = outputs.filter(({ success }) => success);
  const first = outputs.reduce(
    (min, { startTime }) => Math.min(min, startTime),
    Number.POSITIVE_INFINITY,
  );
  const last = done.reduce((max, { endTime }) => Math.max(max, endTime), 0);
  const duration = done.length > 0 ? last - first : 0;
  const rate = (n: number) => (duration > 0 ? n / duration : 0);
  const input = done.reduce((n, { promptLen }) => n + promptLen, 0);
  const output = done.reduce((n, { outputLen }) => n + outputLen, 0);
  const wanted = Object.keys(slos).length > 0;
  return {
    duration,
    completed: done.length,
    failed: outputs.length - done.length,
    total_input_tokens: input,
    total_output_tokens: output,
    request_throughput: rate(done.length),
    request_goodput: wanted ? rate(done.filter((one) => isGood(one, slos)).length) : null,
    output_throughput: rate(output),
    total_token_throughput: rate(input + output),
  };
}

/** A request with one token counts with a TPOT of 0. */
function isGood(one: Output, { ttft, tpot, e2e }: Slos): boolean {
  const within = (value: number, ms: number | undefined) => ms === undefined || ms / 1000 >= value;
  return within(one.ttft, ttft) && within(tpotOf(one) ?? 0, tpot) && within(one.latency, e2e);
}

function tpotOf({ ttft, latency, outputLen }: Output): number | null {
  return outputLen > 1 ? (latency - ttft) / (outputLen - 1) : null;
}

function lists(outputs: readonly Output[]) {
  return {
    input_lens: outputs.map(({ promptLen }) => promptLen),
    output_lens: outputs.map(({ outputLen }) => outputLen),
    ttfts: outputs.map(({ ttft }) => ttft),
    latencies: outputs.map(({ latency }) => latency),
    start_times: outputs.map(({ startTime }) => startTime),
    errors: outputs.map(({ error }) => error),
  };
}

function latencies(outputs: readonly Output[], gaps: TokenGaps) {
  const done = outputs.filter(({ success }) => success);
  const ttfts = done.map(({ ttft }) => ttft);
  const tpots = done.map(tpotOf).filter((tpot) => tpot !== null);
  const e2els = done.map(({ latency }) => latency);
  const noGaps = tpots.length === 0;
  return {
    max_concurrent_requests: peakConcurrency(done),
    ...statistics('ttft', ofSeconds(ttfts), 1000),
    ...statistics('tpot', ofSeconds(tpots), 1000),
    ...statistics('itl', noGaps ? ofSeconds([]) : gaps.pooled, 1),
    ...statistics('e2el', ofSeconds(e2els), 1000),
  };
}

/** The benchmark takes an empty list as one 0. */
function ofSeconds(values: readonly number[]): Distribution {
  return distributionOf(values.length > 0 ? values : [0]);
}

/** @param toMs factor from the unit of the values to milliseconds */
function statistics(name: string, found: Distribution | null, toMs: number) {
  if (found === null) return {};
  const quantile = (p: number) => found.percentile(p) * toMs;
  return {
    [`mean_${name}_ms`]: found.mean * toMs,
    [`median_${name}_ms`]: quantile(50),
    [`std_${name}_ms`]: found.std * toMs,
    ...Object.fromEntries(percentiles.map((p) => [`p${p}_${name}_ms`, quantile(p)])),
  };
}

/** Most requests between send and last token at once; an end comes before a start of its time. */
function peakConcurrency(done: readonly Output[]): number {
  const starts = Float64Array.from(done, ({ startTime }) => startTime).sort();
  const ends = Float64Array.from(done, ({ endTime }) => endTime).sort();
  let peak = 0;
  let ended = 0;
  for (const [i, start] of starts.entries()) {
    while ((ends[ended] ?? Number.POSITIVE_INFINITY) <= start) ended++;
    peak = Math.max(peak, i + 1 - ended);
  }
  return peak;
}

/** Most tokens within one whole second, counted from the first send. */
function peakTokensPerSecond(outputs: readonly Output[], itls: readonly Float64Array[]): number {
  const sent = outputs.filter(({ success }) => success).map(({ startTime }) => startTime);
  const first = sent.reduce((min, startTime) => Math.min(min, startTime), Number.POSITIVE_INFINITY);
  const tokens = new Map<number, number>();
  let peak = 0;
  for (const [i, output] of outputs.entries()) {
    if (!output.success) continue;
    let time = output.startTime + output.ttft;
    for (const gap of [0, ...(itls[i] as Float64Array)]) {
      time += gap;
      const second = Math.trunc(time - first);
      const n = (tokens.get(second) ?? 0) + 1;
      tokens.set(second, n);
      peak = Math.max(peak, n);
    }
  }
  return peak;
}
