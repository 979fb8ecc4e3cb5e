/** A column of a result table: its Arrow kind and what it means; units stand in the names. */
export interface ColumnSchema {
  readonly kind: 'dictionary' | 'int32' | 'uint32' | 'float64' | 'utf8';
  readonly nullable?: boolean;
  readonly doc: string;
}

export interface TableSchema {
  readonly doc: string;
  readonly columns: Readonly<Record<string, ColumnSchema>>;
}

/** Version of the tables below, in the metadata of every file. */
export const tablesVersion = '2';

const run: ColumnSchema = { kind: 'dictionary', doc: 'run key: first 16 hex digits of its hash' };
const count = (doc: string): ColumnSchema => ({ kind: 'int32', doc });
const total = (doc: string): ColumnSchema => ({ kind: 'float64', doc });
const label = (doc: string): ColumnSchema => ({ kind: 'dictionary', doc });
const time = (doc: string): ColumnSchema => ({ kind: 'float64', nullable: true, doc });

/** Statistics of one latency over the finished requests of a run; null if there are none. */
function latency<M extends string>(metric: M, what: string) {
  const statistics = { mean: 'mean', p50: 'median', p90: '', p95: '', p99: '', max: 'largest' };
  const columns = Object.entries(statistics).map(([name, words]) => [
    `${metric}_${name}_ms`,
    time(`${words || `${name.slice(1)} % quantile of`} ${what}`),
  ]);
  return Object.fromEntries(columns) as Record<`${M}_${keyof typeof statistics}_ms`, ColumnSchema>;
}

/**
 * The tables that a serving run leaves behind. Metric definitions are here, once: every page,
 * query and claim uses these columns.
 */
export const tableSchemas = {
  requests: {
    doc: 'one row per request of the trace, in arrival order',
    columns: {
      run,
      request_id: { kind: 'uint32', doc: 'request_id of the trace' },
      status: label('finished, rejected, cancelled or unfinished'),
      reason: { kind: 'dictionary', nullable: true, doc: 'why it did not finish' },
      instance: { kind: 'int32', nullable: true, doc: 'instance that served it, the last of them' },
      prefill_instance: {
        kind: 'int32',
        nullable: true,
        doc: 'instance that its prompt was placed on; null if it was turned away',
      },
      slot: { kind: 'int32', nullable: true, doc: 'client slot that it held, where there are any' },
      arrival_ms: total('when it arrived in the replay'),
      admitted_ms: time('start of the step that first computed part of it'),
      first_token_ms: time('end of the step that produced its first token'),
      prefill_ms: time('end of the step that completed its prompt'),
      end_ms: time('when it ended, however it ended'),
      finish_ms: time('end of the step that produced its last token'),
      input_tokens: count('prompt tokens, media included'),
      cached_tokens: count('prompt tokens that the prefix cache saved at first admission'),
      fetched_tokens: count("of these, tokens that came from another instance's host store"),
      output_tokens: count('output tokens produced'),
      preemptions: count('times its memory was taken and its tokens computed again'),
      ttft_ms: time('time to first token: first_token_ms - arrival_ms'),
      tpot_ms: time('(finish_ms - first_token_ms) / (output_tokens - 1); null for one token'),
      e2e_ms: time('finish_ms - arrival_ms'),
      queue_ms: time('admitted_ms - arrival_ms'),
      max_gap_ms: time('longest gap between two of its tokens'),
      tbt_top10_ms: time('mean of its longest tenth of gaps (Mooncake, FAST 2025)'),
    },
  },
  steps: {
    doc: 'one row per run of decode rounds with fixed membership, or per step with prompt tokens',
    columns: {
      run,
      instance: count('instance'),
      kind: label('decode, mixed (prompts and decodes) or prefill'),
      start_ms: total('start of the first round'),
      end_ms: total('end of the last round'),
      rounds: count('rounds in the row'),
      first_ms: total('duration of the first round'),
      slope_ms: total('round k lasts first_ms + (k - 1) * slope_ms'),
      decodes: count('requests that produce a token in every round'),
      prefill_requests: count('prompts at work'),
      prefill_tokens: count('prompt tokens computed'),
      prefill_past_tokens: count('tokens of these prompts whose KV was there before'),
      context_tokens: total('KV tokens that the decodes read in the first round'),
      kv_tokens: count('KV tokens reserved by running requests when the row began'),
      cached_kv_tokens: count('KV tokens that only the prefix cache held then'),
      waiting: count('requests in the queue then'),
    },
  },
  transfers: {
    doc: 'one row per flow of KV between instances, in order of their ends',
    columns: {
      run,
      kind: label('prefix (between host stores) or kv (from prefill to decode)'),
      request_id: { kind: 'uint32', doc: 'request_id of the trace' },
      from_instance: count('sender'),
      to_instance: count('receiver'),
      bytes: total('size'),
      start_ms: total('when it was asked for'),
      end_ms: total('when all of it had arrived, or it was stopped'),
      complete: count('1 if all of it arrived, 0 if it was stopped'),
    },
  },
  samples: {
    doc: 'state of every instance at regular times, where the scenario asks for it',
    columns: {
      run,
      at_ms: total('when, after everything else of that time'),
      instance: count('instance'),
      waiting: count('requests in its queue'),
      prefilling: count('requests admitted whose prompt is not finished'),
      decoding: count('requests in decode'),
      context_tokens: total('KV tokens that their next round reads'),
      inbound: count('requests bound to decode there and not in decode yet'),
      queued_prefill_ms: total('predicted time of the prompts waiting or computed, in a row'),
      round_ms: total('predicted time of the next decode round; 0 when nothing decodes'),
      stored_blocks: count('blocks of the trace in the fastest tier of its host store'),
    },
  },
  replicas: {
    doc: 'instances whose host store holds a block, at the sampling times',
    columns: {
      run,
      at_ms: total('when'),
      rank: count('rank of the block by its references in the whole trace, from 1'),
      block_id: count('id of the block in the trace'),
      replicas: count('host stores that hold it'),
    },
  },
  gaps: {
    doc: 'gaps between consecutive tokens of a request, over all requests, in 0.5 % log buckets',
    columns: {
      run,
      low_ms: total('lower edge of the bucket'),
      high_ms: total('upper edge of the bucket'),
      gaps: total('gaps in [low_ms, high_ms)'),
      sum_ms: total('their sum'),
    },
  },
  runs: {
    doc: 'one row per run: what was replayed on what, and the totals',
    columns: {
      run,
      scenario_hash: label('sha256 of the canonical scenario'),
      label: label('what sets the system apart, in words'),
      trace: label('name of the trace'),
      trace_kind: label('recorded, sampled or generated'),
      generated_columns: label('columns of the trace that were generated, by name'),
      model: label('model of the first group of instances'),
      gpu: label('GPU of the first group'),
      tp: count('tensor-parallel degree of the first group'),
      instances: count('instances'),
      topology: label('instances by group; P: they only compute prompts, D: they only decode'),
      gpus: count('GPUs of all instances'),
      scheduler: label('scheduler of the first group'),
      queue_order: label('order of its waiting queue'),
      placement: label('placement policy'),
      admission: label('admission policy'),
      estimator: label('who predicts step times for the policies'),
      streaming: label('how KV moves beside computing: layer-wise or serial'),
      host_store: label('host store of the first group'),
      oracles: label('knowledge that no deployed system has: length, future, or none'),
      oracle_policies: label('policies that have it, by name; empty: none'),
      clock: label('cost model'),
      profile: label('engine profile'),
      clock_draw: count('draw of the clock from the intervals of its constants; 0: as published'),
      seed: count('seed of the scenario'),
      arrival_mode: label('open, session or closed'),
      rate_factor: total('arrival rate as a multiple of the trace'),
      prefix_cache: label('prefix cache of the first group'),
      kv_capacity_tokens: total('KV tokens of one instance of the first group'),
      requests: count('requests that arrived'),
      finished: count('requests that produced all their tokens'),
      rejected: count('requests that were refused'),
      cancelled: count('requests whose client gave up'),
      unfinished: count('requests that the replay could not finish'),
      simulated_s: total('last finish minus time 0'),
      input_tokens: total('prompt tokens of all requests'),
      output_tokens: total('output tokens produced'),
      cached_tokens: total('prompt tokens that the prefix cache saved'),
      preemptions: count('preemptions'),
      pauses: count('times requests were taken out of decode with their KV kept'),
      swapped_gib: total(
        'KV of those moved to host memory then, one way, GiB; its time is not priced',
      ),
      steps: total('decode rounds plus steps with prompt tokens'),
      causality_violations: count('open arrivals of a turn before its parent ended'),
      ...latency('ttft', 'time to first token'),
      ...latency('tpot', 'time per output token after the first'),
      ...latency('itl', 'gaps between tokens, pooled over requests'),
      ...latency('e2e', 'end-to-end time'),
      ...latency('queue', 'time from arrival to first admission'),
      requests_per_s: time('finished requests per second, first arrival to last finish'),
      tokens_per_s: time('their output tokens per second'),
      slots: count('client slots of all instances; 0: none'),
      decode_rounds: time('decode rounds of instances with slots; null without, as below'),
      prefill_steps: time('their steps with prompt tokens'),
      idle_slot_rounds: time('slots without a decoding request, summed over rounds'),
      util_round: time('mean share of slots that decode, over rounds'),
      util_decode_time: time('time in rounds x requests in them, over slots x the run'),
      util_occupied_time: time('time that requests hold slots, over slots x the run'),
      gpu_s_allocated: total('GPU seconds from time 0 to the last finish'),
      gpu_s_busy: total('GPU seconds in which a step ran'),
      dram_gib_h: total('host memory set aside, GiB hours from time 0 to the last finish'),
      cost: time("price of both, in `currency`, by the scenario's prices; null without"),
      currency: {
        kind: 'dictionary',
        nullable: true,
        doc: 'currency of `cost`; day and source stand in the scenario',
      },
      scenario: { kind: 'utf8', doc: 'the scenario as canonical JSON' },
    },
  },
  analyses: {
    doc: 'one row per analysis: a run of an analyser, not of the serving engine',
    columns: {
      run,
      scenario_hash: label('sha256 of the canonical analysis'),
      analyser: label('kind of the analyser'),
      trace: { kind: 'dictionary', nullable: true, doc: 'name of the trace; null without one' },
      trace_kind: {
        kind: 'dictionary',
        nullable: true,
        doc: 'recorded, sampled or generated; null for traces that do not say',
      },
      analysis: { kind: 'utf8', doc: 'the analysis as canonical JSON' },
    },
  },
  block_cache: {
    doc: 'analysis block-cache: one row per policy and capacity, over the requests that count',
    columns: {
      run,
      policy: label('kind, with the parameters that are not its defaults'),
      capacity_blocks: { kind: 'int32', nullable: true, doc: 'of each node; null: unlimited' },
      block_tokens: { kind: 'int32', nullable: true, doc: 'tokens of a block, as the trace says' },
      rule: label('what is a hit: prefix or block (src/replay/cache/README.md)'),
      nodes: count('separate caches'),
      routing: label('which of them takes a request'),
      oracles: label('knowledge that no deployed cache has: future, or none'),
      requests: count('requests that count'),
      block_references: total('their references to blocks'),
      hits: total('references that were hits'),
      hit_ratio: total('hits / block_references; 0 without any'),
      input_tokens: total('their prompt tokens'),
      hit_tokens: time('prompt tokens in hit blocks; null where blocks have no size'),
      prefill_s: time('prefill of all prompts on one node of 8 A800, LLaMA3-70B (Mooncake)'),
      saved_prefill_s: time('that of the hit blocks'),
      evictions: total('blocks evicted, before the window too'),
    },
  },
  step_times: {
    doc: 'analysis step-time: one row per named piece of work, alone on an instance',
    columns: {
      run,
      name: label('name of the work'),
      model: label('model'),
      gpu: label('GPU'),
      tp: count('tensor-parallel degree'),
      clock: label('clock, as in a scenario'),
      profile: label('engine profile of the analytic clock; none of others'),
      phase: label('prefill or decode'),
      input_tokens: count('prompt tokens of each sequence, cached ones included'),
      cached_tokens: count('those whose KV was there before'),
      sequences: count('sequences at once'),
      steps: count('chunks of a prompt, or rounds of decoding'),
      total_ms: total('time of all steps, one after the other'),
    },
  },
  quantities: {
    doc: 'analysis quantities: figures that an experiment computes from formulas',
    columns: {
      run,
      name: label('name'),
      value: total('value, in `unit`'),
      unit: label('unit'),
      source: label('the formula, and where it stands'),
    },
  },
} as const satisfies Record<string, TableSchema>;

export type TableName = keyof typeof tableSchemas;

/** Tables of analyses; a serving run leaves all others behind. */
export const analysisTables = [
  'analyses',
  'block_cache',
  'step_times',
  'quantities',
] as const satisfies readonly TableName[];
export type AnalysisTable = (typeof analysisTables)[number];
export type ServingTable = Exclude<TableName, AnalysisTable>;
