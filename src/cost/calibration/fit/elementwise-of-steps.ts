import type { Gpu } from '../../../hardware/gpus.ts';
import { RandomStream } from '../../../units/random.ts';
import { type KernelConstants, Kernels } from '../../kernels.ts';
import { elementwiseConstants, type PlainElementwise } from '../../plain-elementwise.ts';
import { type ErrorSummary, summariseErrors } from '../check/errors.ts';
import { type StepCase, stepMs } from '../check/step-cases.ts';
import { bootstrapWeights, intervalOf } from './hold-out.ts';
import { minimise, nelderMead } from './nelder-mead.ts';
import { pricedWith } from './priced-with.ts';

export interface ElementwiseFit extends PlainElementwise {
  /** Undefined without samples. */
  readonly intervals: Readonly<
    Record<keyof PlainElementwise, readonly [number, number] | undefined>
  >;
  /** Over the steps that the constants were fitted on. */
  readonly fitted: ErrorSummary;
}

/** Fits both constants on whole steps, all other kernels as in `base`; intervals over the steps. */
export function fitPlainElementwise(
  steps: readonly StepCase[],
  { gpu, base, seed, draws }: { gpu: Gpu; base: KernelConstants; seed: number; draws: number },
): ElementwiseFit {
  // A step is a line in both constants: three prices tell it all.
  const priced = (constants: PlainElementwise) => {
    const elementwise = elementwiseConstants(constants);
    const at = pricedWith(gpu, new Kernels(gpu, { ...base, elementwise }));
    return steps.map((step) => stepMs({ ...step, at }, 'kernels-only'));
  };
  const others = priced({ usPerLayer: 0, usPerMillionMoved: 0 });
  const perStart = priced({ usPerLayer: 1, usPerMillionMoved: 0 });
  const perMoved = priced({ usPerLayer: 0, usPerMillionMoved: 1 });
  const predict = (step: number, start: number, moved: number) => {
    const other = others[step] as number;
    return (
      other +
      start * ((perStart[step] as number) - other) +
      moved * ((perMoved[step] as number) - other)
    );
  };
  const lossOf = (weights?: Float64Array) => (logs: readonly number[]) => {
    const [start, moved] = logs.map(Math.exp) as [number, number];
    let sum = 0;
    for (let i = 0; i < steps.length; i++) {
      const weight = weights === undefined ? 1 : (weights[i] as number);
      const { measuredMs } = steps[i] as StepCase;
      sum += weight * Math.abs(Math.log(predict(i, start, moved) / measuredMs));
    }
    return sum / steps.length;
  };
  const stream = new RandomStream(seed, 'fit element-wise of steps');
  const best = minimise(lossOf(), [Math.log(20), Math.log(1)], { restarts: 4, stream });
  const [usPerLayer, usPerMillionMoved] = best.at.map(Math.exp) as [number, number];
  const samples = [new Float64Array(draws), new Float64Array(draws)] as const;
  for (let draw = 0; draw < draws; draw++) {
    const weights = bootstrapWeights(steps.length, stream.split(`draw ${draw}`));
    const { at } = nelderMead(lossOf(weights), best.at, { step: 0.1, tolerance: 1e-5 });
    samples[0][draw] = Math.exp(at[0] as number);
    samples[1][draw] = Math.exp(at[1] as number);
  }
  return {
    usPerLayer,
    usPerMillionMoved,
    intervals: {
      usPerLayer: intervalOf(samples[0], usPerLayer),
      usPerMillionMoved: intervalOf(samples[1], usPerMillionMoved),
    },
    fitted: summariseErrors(
      steps.map(({ measuredMs }, i) => ({
        measured: measuredMs,
        predicted: predict(i, usPerLayer, usPerMillionMoved),
      })),
    ),
  };
}
