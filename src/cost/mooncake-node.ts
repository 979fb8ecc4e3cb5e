/**
 * Step times of one measured node: LLaMA3-70B on 8 x A800-80GB, a single request at a time, read
 * from Mooncake (FAST'25), Fig. 14, as a law. Beside the analytic clock it is the second named
 * setting of a Mooncake replay: whatever its engine cost is in it, and nothing of ours.
 *
 * Measured: prompts of 8k to 128k tokens without and with 95 % of them cached, and 128 decode
 * rounds after each, at batch 1. Derived: the growth of a round with the batch, 24 % from 1 to 16
 * sequences of 8k tokens, from the shape of another model (LLaMA2-70B, arXiv 2407.00079v3, Fig. 2;
 * equal depth, width and KV), scaled to the round measured at batch 1; what of it is not the KV read
 * is per sequence. Assumed: the same lines beyond batch 16 and beyond 128k tokens of context in all;
 * that prompts of a step add up; that a step takes no less than one pass over the weights, the
 * constant part of a round (the law of prompts has no constant, and goes to 0 below the measured
 * lengths); that decoding sequences beside prompts cost their KV read and one row each.
 */
import { gpuNamed } from '../hardware/gpus.ts';
import { modelNamed } from '../model/models.ts';
import { InputError } from '../units/input-error.ts';
import { type Constant, valuesOf } from './constants.ts';
import type { DecodeLine, Segment, StepClock, StepWork } from './work.ts';

const fig14 = "Mooncake (FAST'25), Fig. 14, read from the vector geometry";

/** @param part of the figure that it was set from, as the claims on it are named; none for Fig. 2 */
function constant(value: number, unit: string, source: string, part?: string): Constant {
  const prompts = part === undefined ? [] : ['8k', '16k', '32k', '64k', '128k'];
  const setFrom = prompts.map((tokens) => `mooncake/fast25-fig14-fit-${part}-${tokens}`);
  return { value, unit, source, setFrom };
}

/** A prompt of n tokens, p of them cached: row (n - p) + area (n^2 - p^2) + prefix (p > 0). */
export const mooncakeNodeConstants = {
  rowMs: constant(
    115.69 / 1024,
    'ms per token',
    `${fig14}: fit of prefill without cache`,
    'prefill',
  ),
  areaMs: constant(0.7723 / 1024 ** 2, 'ms per squared token', `${fig14}: the same fit`, 'prefill'),
  prefixMs: constant(
    73.23,
    'ms',
    `${fig14}: what prefill with 95 % cached takes beyond that law`,
    'prefill95',
  ),
  prefixLoadShare: constant(
    0.9265,
    'share of the load of the prefix over hostBytesPerMs that is not hidden',
    `${fig14}: the same fit`,
    'prefill95',
  ),
  roundMs: constant(26.245, 'ms', `${fig14}: decode, batch 1, less sequenceMs`, 'decode'),
  sequenceMs: constant(
    0.1586,
    'ms per sequence',
    'arXiv 2407.00079v3, Fig. 2: growth over the batch at 8k tokens, less the KV read',
  ),
  kvMs: constant(
    3.3065e-5,
    'ms per KV token',
    `${fig14}: growth of decode over the context`,
    'decode',
  ),
} as const;

/** KV of a token of either model, and the bandwidth of Table 1 between host and node. */
const kvBytesPerToken = 327_680;
const hostBytesPerMs = 128e6;

const models = ['llama-3.1-70b', 'llama-2-70b'];

/** The node that was measured; the degree of parallelism is over all its GPUs. */
interface NodeTarget {
  readonly model: string;
  readonly gpu: string;
  readonly tp: number;
}

/** @param prefixLoad whether prompts with cached tokens pay what is left of loading them */
class MooncakeNodeClock implements StepClock {
  readonly name: string;
  readonly #prefixLoad: boolean;
  readonly #ms = valuesOf(mooncakeNodeConstants);

  constructor(prefixLoad: boolean) {
    this.name = `measured-70b-8xa800${prefixLoad ? ' prefix load' : ''}`;
    this.#prefixLoad = prefixLoad;
  }

  decode(batch: number, _context: number, line: DecodeLine): void {
    line.aMs = this.#ms.roundMs + this.#ms.sequenceMs * batch;
    line.bMs = this.#ms.kvMs;
    line.validTo = Number.POSITIVE_INFINITY;
  }

  /** Throws InputError for layers that see different counts: only whole models were measured. */
  stepMs({ segments }: StepWork): number {
    if (segments.length !== 1) {
      throw new InputError(`step of ${segments.length} segments`, {
        where: `clock ${this.name}`,
        rule: 'one over all layers; the analytic clock prices others',
      });
    }
    const { roundMs, sequenceMs, kvMs } = this.#ms;
    const { decodeSequences, decodeKvRead, prefillCount } = segments[0] as Segment;
    const passMs = roundMs + sequenceMs * decodeSequences;
    const kvReadMs = kvMs * decodeKvRead;
    if (prefillCount === 0) return passMs + kvReadMs;
    return Math.max(passMs, this.#rowsMs(segments[0] as Segment)) + kvReadMs;
  }

  #rowsMs({ prefillCount, prefillRows, prefillKeys, decodeSequences }: Segment): number {
    const { rowMs, areaMs, prefixMs, prefixLoadShare } = this.#ms;
    const loadMs = (prefixLoadShare * kvBytesPerToken) / hostBytesPerMs;
    let ms = rowMs * decodeSequences;
    for (let i = 0; i < prefillCount; i++) {
      const rows = prefillRows[i] as number;
      const keys = prefillKeys[i] as number;
      const cached = keys - rows;
      ms += rowMs * rows + areaMs * (keys + cached) * rows;
      if (this.#prefixLoad && cached > 0) ms += prefixMs + loadMs * cached;
    }
    return ms;
  }
}

const clocks = {
  computeOnly: new MooncakeNodeClock(false),
  prefixLoad: new MooncakeNodeClock(true),
};

/**
 * The clock of the measured node. Throws InputError for another model, GPU or number of them: the
 * times are of that node only.
 */
export function mooncakeNodeClock({ model, gpu, tp }: NodeTarget, prefixLoad: boolean): StepClock {
  const where = 'clock measured-70b-8xa800';
  if (!models.includes(modelNamed(model).name)) {
    throw new InputError(`model ${model}`, { where, rule: `one of ${models.join(', ')}` });
  }
  if (gpuNamed(gpu).name !== 'a800-80gb' || tp !== 8) {
    throw new InputError(`${tp} x ${gpu}`, { where, rule: '8 x a800-80gb' });
  }
  return prefixLoad ? clocks.prefixLoad : clocks.computeOnly;
}
