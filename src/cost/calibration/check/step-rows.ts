import { defaultProfile } from '../../profiles.ts';
import { measuredEngine, plainDecoder } from './engines.ts';
import { type ErrorSummary, grouped, summariseErrors } from './errors.ts';
import { type StepCase, stepMs } from './step-cases.ts';

/**
 * What a step is priced with: its kernels composed, with nothing of an engine (`composed`), its
 * engine's own profile (`engine`), or the profile that scenarios take by default (`default`).
 *
 * The plain decoder has no engine beside its kernels: `composed` and `engine` are one for it.
 */
export type PricingName = 'composed' | 'engine' | 'default';

export interface StepRow extends StepCase {
  readonly predictedMs: Readonly<Record<PricingName, number>>;
  readonly profiles: Readonly<Record<PricingName, string>>;
  /** Took part in fitting terms or constants that the pricing uses. */
  readonly fitted: Readonly<Record<PricingName, boolean>>;
}

/** Errors of steps of one engine, model, tensor parallelism and phase. */
export interface StepErrors extends ErrorSummary {
  readonly engine: string;
  readonly model: string;
  readonly tp: number;
  readonly phase: string;
  readonly gpu: string;
  /** Engine profile. */
  readonly profile: string;
  /** Rows among them that the pricing was fitted on. */
  readonly fitted_rows: number;
}

const kernelsOnly = 'kernels-only';

export function scoreSteps(cases: readonly StepCase[]): StepRow[] {
  return cases.map((step) => {
    const own = measuredEngine(step.engine, step.version);
    const engine = own?.profile ?? defaultProfile;
    const profiles: Record<PricingName, string> = {
      composed: step.engine === plainDecoder.engine ? engine : kernelsOnly,
      engine,
      default: defaultProfile,
    };
    const byName = <T>(of: (name: PricingName) => T): Record<PricingName, T> => ({
      composed: of('composed'),
      engine: of('engine'),
      default: of('default'),
    });
    const inConstants = step.at.profile.fittedSteps.some(
      ({ file, model }) => file === step.file && model === step.model,
    );
    return {
      ...step,
      profiles,
      predictedMs: byName((name) => stepMs(step, profiles[name])),
      fitted: byName((name) => inConstants || (own?.profile === profiles[name] && inTerms(step))),
    };
  });
}

/** Whether the terms of the engine's profile were fitted on that row. */
function inTerms({ engine, version, model, phase, shape, at }: StepCase): boolean {
  const fittedOn = measuredEngine(engine, version)?.fittedOn;
  if (fittedOn === undefined || at.gpu.name !== fittedOn.gpu) return false;
  if (fittedOn.models !== undefined && !fittedOn.models.includes(model)) return false;
  if (phase === 'decode') return fittedOn.decode;
  if (phase !== 'prefill' || fittedOn.prefill === null) return false;
  const { batch = 1, newTokens = 0 } = shape;
  return batch <= fittedOn.prefill.batch && batch * newTokens <= fittedOn.prefill.tokens;
}

/** Errors by engine, model, tensor parallelism, phase and GPU. */
export function stepErrors(steps: readonly StepRow[], pricing: PricingName): StepErrors[] {
  const keyOf = (step: StepRow) =>
    JSON.stringify([engineName(step), step.model, step.tp, step.phase, step.at.gpu.name]);
  return [...grouped(steps, keyOf)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, rows]) => {
      const { model, tp, phase, at, profiles } = rows[0] as StepRow;
      return {
        engine: engineName(rows[0] as StepRow),
        model,
        tp,
        phase,
        ...summariseErrors(rows.map((row) => scored(row, pricing))),
        gpu: at.gpu.name,
        profile: profiles[pricing],
        fitted_rows: rows.filter((row) => row.fitted[pricing]).length,
      };
    });
}

export function scored({ measuredMs, predictedMs }: StepRow, pricing: PricingName) {
  return { measured: measuredMs, predicted: predictedMs[pricing] };
}

/** An engine with the first word of its version: `vllm 0.6.0`. */
export function engineName({ engine, version }: Pick<StepCase, 'engine' | 'version'>): string {
  return [engine, version.split(' ')[0]].filter(Boolean).join(' ');
}
