import { RandomStream } from '../../../units/random.ts';
import { transferMs } from '../../transfer.ts';
import { type ErrorSummary, summariseErrors } from '../check/errors.ts';
import type { FitRow } from './fit-rows.ts';
import { bootstrapWeights, intervalOf } from './hold-out.ts';
import { minimise, nelderMead } from './nelder-mead.ts';

/** One direction of the link between host and GPU, from pinned memory: start + bytes / rate. */
export interface HostLinkFit {
  readonly direction: 'h2d' | 'd2h';
  readonly startUs: number;
  readonly bytesPerS: number;
  /** Undefined without samples. */
  readonly intervals: {
    readonly startUs: readonly [number, number] | undefined;
    readonly bytesPerS: readonly [number, number] | undefined;
  };
  /** Over all rows: there is one shape. */
  readonly fitted: ErrorSummary;
}

/** Fits start and rate of each direction that was timed; the bootstrap draws single copies. */
export function fitHostLinks(
  rows: readonly FitRow[],
  { seed, draws }: { seed: number; draws: number },
): HostLinkFit[] {
  return (['h2d', 'd2h'] as const).flatMap((direction) => {
    const copies = rows.filter(({ op }) => op === `host_link ${direction}`);
    if (copies.length < 3) return [];
    const predict = (logs: readonly number[], { shape }: FitRow) => {
      const [startUs, bytesPerS] = logs.map(Math.exp) as [number, number];
      const link = { name: direction, startUs, bytesPerS, source: '' };
      return 1000 * transferMs(link, Number(shape.bytes));
    };
    const lossOf = (weights?: Float64Array) => (logs: readonly number[]) =>
      copies.reduce((sum, row, i) => {
        const weight = weights === undefined ? 1 : (weights[i] as number);
        return sum + weight * Math.abs(Math.log(predict(logs, row) / row.measured));
      }, 0) / copies.length;
    const stream = new RandomStream(seed, `fit host link ${direction}`);
    const best = minimise(lossOf(), [Math.log(10), Math.log(25e9)], { restarts: 4, stream });
    const samples = [new Float64Array(draws), new Float64Array(draws)] as const;
    for (let draw = 0; draw < draws; draw++) {
      const weights = bootstrapWeights(copies.length, stream.split(`draw ${draw}`));
      const { at } = nelderMead(lossOf(weights), best.at, { step: 0.1, tolerance: 1e-5 });
      samples[0][draw] = Math.exp(at[0] as number);
      samples[1][draw] = Math.exp(at[1] as number);
    }
    const [startUs, bytesPerS] = best.at.map(Math.exp) as [number, number];
    return [
      {
        direction,
        startUs,
        bytesPerS,
        intervals: {
          startUs: intervalOf(samples[0], startUs),
          bytesPerS: intervalOf(samples[1], bytesPerS),
        },
        fitted: summariseErrors(
          copies.map((row) => ({ measured: row.measured, predicted: predict(best.at, row) })),
        ),
      },
    ];
  });
}
