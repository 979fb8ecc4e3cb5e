import type { Scenario } from '../replay/scenario.ts';
import { InputError } from '../units/input-error.ts';
import type { ScenarioPatch } from './define.ts';

/** One way to measure the requests of a window. */
export interface MeasuredCell {
  /** What to merge into the scenario. */
  readonly patch: ScenarioPatch;
  /** SQL condition on `requests`: the requests to measure, by their arrival in the trace. */
  readonly where: string;
  /**
   * The same as arrivals in ms of the replay, [fromMs, toMs), for `measure` of an experiment and
   * the macro `attainment`; null where the replay moves arrivals across its edges.
   */
  readonly window: { readonly fromMs: number; readonly toMs: number } | null;
}

type Arrivals = Partial<Omit<Scenario['arrivals'], 'rate'>> & {
  readonly rate?: Partial<Scenario['arrivals']['rate']>;
};

/**
 * Two cells measured on the same requests, those that arrive in [fromMs, toMs) of the trace:
 * - cold: the replay begins at fromMs with empty caches
 * - warm: the replay begins where the scenario's does; what arrives before fromMs fills the caches
 *   and is not measured
 * @throws InputError for a window that is empty or begins before the scenario's, and for arrivals
 *   of which each cell would draw other requests (thinned, resampled, the first so many)
 */
export function coldAndWarm(
  scenario: {
    readonly arrivals?: Arrivals | undefined;
    readonly limits?: { readonly requests?: number | null } | undefined;
  },
  { fromMs, toMs }: { fromMs: number; toMs: number },
): { readonly cold: MeasuredCell; readonly warm: MeasuredCell } {
  const { mode = 'open', dequantise = false, window = null, rate = {} } = scenario.arrivals ?? {};
  const { factor = 1, by = 'compress' } = rate;
  const beginMs = window?.fromMs ?? 0;
  if (!(fromMs >= beginMs && toMs > fromMs && toMs <= (window?.toMs ?? toMs))) {
    const rule = window
      ? `a window inside the scenario's, ${beginMs} to ${window.toMs} ms`
      : 'toMs after fromMs, from 0 on';
    throw new InputError(`window ${fromMs} to ${toMs} ms`, { where: 'cold and warm', rule });
  }
  if (by !== 'compress' || (scenario.limits?.requests ?? null) !== null) {
    const where = by === 'compress' ? 'limits.requests' : 'arrivals.rate.by';
    const rule = 'all requests of the window, in both cells';
    throw new InputError('other requests cold than warm', { where, rule });
  }
  const where = `(run, request_id) IN (SELECT runs.run, t.request_id
    FROM runs JOIN trace_requests t ON t.trace = runs.trace
    WHERE t.arrival_ms >= ${fromMs} AND t.arrival_ms < ${toMs})`;
  const kept = mode === 'open' && !dequantise;
  const cell = (startMs: number): MeasuredCell => ({
    patch: { arrivals: { window: { fromMs: startMs, toMs } } },
    where,
    window: kept ? { fromMs: (fromMs - startMs) / factor, toMs: (toMs - startMs) / factor } : null,
  });
  return { cold: cell(fromMs), warm: cell(beginMs) };
}
