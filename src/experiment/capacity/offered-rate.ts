import { buildWorkload } from '../../replay/arrivals.ts';
import { type Scenario, seedOf } from '../../replay/scenario.ts';
import type { RequestTrace } from '../../trace/request-trace.ts';
import { InputError } from '../../units/input-error.ts';

/**
 * Requests per second that a scenario's trace offers at rate factor 1: its selected requests over
 * the span of their arrivals. A factor multiplies it.
 * @throws InputError where a rate means nothing: closed arrivals, or all requests at once
 */
export function offeredRate(trace: RequestTrace, scenario: Scenario): number {
  const { arrivals, limits } = scenario;
  if (arrivals.mode === 'closed') {
    const rule = 'open or session arrivals: closed ones have no rate';
    throw new InputError('no capacity of closed arrivals', { where: 'arrivals.mode', rule });
  }
  const spec = { ...arrivals, rate: { factor: 1, by: 'compress' as const } };
  const options = { seed: seedOf(scenario, 'workload'), limit: limits.requests };
  const { arrivalMs } = buildWorkload(trace, spec, options);
  const spanMs = (arrivalMs.at(-1) ?? 0) - (arrivalMs[0] ?? 0);
  if (!(spanMs > 0)) {
    const where = `trace ${trace.meta.name}`;
    throw new InputError('all requests arrive at once', { where, rule: 'arrivals that spread' });
  }
  return (1000 * arrivalMs.length) / spanMs;
}
