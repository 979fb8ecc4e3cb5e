import { type Cell, defineExperiment } from 'reprise';
import { serviceClaims } from './claims.ts';
import { policies, policyFor } from './policies.ts';

const group = { model: 'llama-3.1-8b', gpu: 'a100-80gb' } as const;

/** Two services, each on as many GPUs as leave it room at the lowest rate and none at the highest. */
const services = {
  chat: {
    trace: 'conversation',
    window: { fromMs: 0, toMs: 600_000 },
    count: 8,
    rates: [0.4, 0.6, 0.8],
  },
  code: {
    trace: 'azure-code-2023',
    window: { fromMs: 0, toMs: 600_000 },
    count: 1,
    rates: [0.3, 0.5, 0.7],
  },
};

function* cells(): Generator<Cell> {
  for (const [service, { trace, window, count, rates }] of Object.entries(services)) {
    for (const rate of rates) {
      for (const [policy, one] of Object.entries(policies)) {
        const scenario = {
          trace,
          arrivals: { window, rate: { factor: rate }, dequantise: true },
          placement: { kind: 'least-loaded' },
          groups: [{ ...group, count, ...policyFor(one) }],
        };
        yield { labels: { service, rate, policy }, scenario };
      }
    }
  }
}

export default defineExperiment({
  name: 'service-levels',
  paper: 'hybrid-scheduling',
  question: 'Which scheduler keeps latency limits at what rate, where requests come as recorded?',
  scenarios: cells,
  tables: ['requests'],
  baselines: { paper: { policy: 'prefill-first' }, strongest: { policy: 'chunked-prefill' } },
  views: {
    /** Assumed limits: a first token within 5 s (chat) and 2 s (code), then 10 tokens a second. */
    kept: `
      SELECT 'chat' AS service, * FROM attainment(ttft_slo_ms := 5000, tpot_slo_ms := 100)
      UNION ALL
      SELECT 'code' AS service, * FROM attainment(ttft_slo_ms := 2000, tpot_slo_ms := 100)`,
    by_rate: `
      SELECT service, rate, policy, attainment, goodput_per_s, ttft_p50_ms, ttft_p99_ms,
        tpot_p50_ms, tpot_p99_ms, e2e_mean_ms, preemptions, pauses, swapped_gib
      FROM cells JOIN kept USING (run, service) JOIN runs USING (run)`,
  },
  claims: serviceClaims,
  charts: ['chat', 'code'].map((service) => ({
    id: service,
    title:
      service === 'chat'
        ? 'Chat: the order of the queue matters little, unless it is by predicted length'
        : 'Code: shortest prompts first, in chunks, keeps the limits for twice as many',
    subtitle:
      service === 'chat'
        ? 'Conversation, 8 A100: first token within 5 s, 100 ms a token after it'
        : 'Azure code 2023, one A100: first token within 2 s, 100 ms a token after it',
    sql: `SELECT * FROM by_rate WHERE service = '${service}' ORDER BY policy, rate`,
    spec: {
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'rate', type: 'quantitative', title: 'times the recorded rate' },
        y: {
          field: 'attainment',
          type: 'quantitative',
          scale: { zero: service === 'code' },
          title: 'of requests',
        },
        color: { field: 'policy', type: 'nominal', scale: { scheme: 'category20' } },
      },
    },
  })),
  notes:
    'Llama-3.1-8B. Limits are assumed, no paper of these schedulers names them for these traces: ' +
    'shapes only. Prediction error 0.35 where a policy asks for lengths. Slot schedulers are not ' +
    'here: they stop all decodes for each prompt.',
});
