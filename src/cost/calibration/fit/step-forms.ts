import type { Gpu } from '../../../hardware/gpus.ts';
import { type KernelConstants, Kernels } from '../../kernels.ts';
import { summariseErrors } from '../check/errors.ts';
import { GpuChooser } from '../check/gpu-choice.ts';
import { type Phase, type StepCase, stepMs } from '../check/step-cases.ts';
import { stepCases } from '../check/step-files.ts';
import type { MeasuredFolder } from '../measurements/read-folder.ts';
import type { FormErrors } from './compare-forms.ts';
import { pricedWith } from './priced-with.ts';
import { type Residual, residualFactor } from './residuals.ts';

/** Forms of whole steps of the plain decoder, with constants that no such step has set. */
export function stepForms(
  folder: MeasuredFolder,
  { gpu, base }: { gpu: Gpu; base: KernelConstants },
): FormErrors[] {
  const chooser = new GpuChooser({ gpu });
  const steps = folder.files
    .filter(({ layout }) => layout.name === 'prefill' || layout.name === 'decode')
    .flatMap((file) => stepCases(file, chooser, new Map()))
    .filter((step) => !isFitted(step));
  const errors = (phase: Phase, form: string, price: (step: StepCase) => number): FormErrors[] => {
    const own = steps.filter((step) => step.phase === phase);
    if (own.length === 0) return [];
    const scored = own.map((step) => ({ measured: step.measuredMs, predicted: price(step) }));
    return [{ of: `${phase} steps`, form, ...summariseErrors(scored) }];
  };
  const priced = (constants: KernelConstants) => {
    const at = pricedWith(gpu, new Kernels(gpu, constants));
    return (step: StepCase) => stepMs({ ...step, at }, 'kernels-only');
  };
  const whole = priced(base);
  const noPrefill = priced(without(base, 'prefillAttention'));
  const noDecode = priced(without(base, 'decodeAttention'));
  /** The shorter of both attention terms of a step. */
  const shorter = (step: StepCase) =>
    Math.min(whole(step) - noPrefill(step), whole(step) - noDecode(step));

  const at = pricedWith(gpu, new CorrectedKernels(gpu, base, residualsIn(folder, gpu, base)));
  const corrected = (step: StepCase) => stepMs({ ...step, at }, 'kernels-only');
  const area = priced({
    ...base,
    prefillAttention: { ...base.prefillAttention, prefixFactor: 1, prefixMasked: 0 },
  });
  return [
    ...errors('mixed', 'both attention terms', whole),
    ...errors('mixed', 'half of the shorter one hidden', (step) => whole(step) - shorter(step) / 2),
    ...errors('mixed', 'the longer one alone', (step) => whole(step) - shorter(step)),
    ...errors('prefix', 'area, rate as without prefix', area),
    ...errors('prefix', "the profile's own rate", whole),
    ...(['decode', 'prefill', 'mixed'] as const).flatMap((phase) => [
      ...errors(phase, 'roofline', whole),
      ...errors(phase, 'times residuals of the GEMMs', corrected),
    ]),
  ];
}

function isFitted({ at, file, model }: StepCase): boolean {
  return at.profile.fittedSteps.some((one) => one.file === file && one.model === model);
}

/** A family that takes no time. */
function without(
  base: KernelConstants,
  family: 'prefillAttention' | 'decodeAttention',
): KernelConstants {
  const free = Object.keys(base[family]).map((name) => [name, /Us$/.test(name) ? 0 : 1e12]);
  return { ...base, [family]: { ...base[family], ...Object.fromEntries(free), prefixFactor: 1 } };
}

/** Kernels whose matrix products are corrected by measured ones. */
class CorrectedKernels extends Kernels {
  readonly #residuals: readonly Residual[];
  readonly #factors = new Map<string, number>();

  constructor(gpu: Gpu, constants: KernelConstants, residuals: readonly Residual[]) {
    super(gpu, constants);
    this.#residuals = residuals;
  }

  override productUs(m: number, n: number, k: number): number {
    const key = `${m} ${n} ${k}`;
    const factor =
      this.#factors.get(key) ?? residualFactor(this.#residuals, [m, n, k].map(Math.log));
    this.#factors.set(key, factor);
    return factor * super.productUs(m, n, k);
  }
}

function residualsIn({ files }: MeasuredFolder, gpu: Gpu, base: KernelConstants): Residual[] {
  const kernels = new Kernels(gpu, base);
  return files.flatMap(({ layout, table }) => {
    if (layout.name !== 'gemm') return [];
    const [m, n, k] = [table.number('m'), table.number('n'), table.number('k')];
    const latency = table.number('latency_us');
    return Array.from({ length: table.rows }, (_, row) => {
      const shape = [m(row), n(row), k(row)] as const;
      return { at: shape.map(Math.log), log: Math.log(latency(row) / kernels.productUs(...shape)) };
    });
  });
}
