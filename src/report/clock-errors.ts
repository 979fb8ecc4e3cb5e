/**
 * How far the A100 cost model is from public measurements: errors of the published constants of
 * the cost room, in percent of the measurement. Calibration of the A100 cost model against public
 * measurements: kernel tables of AIConfigurator (vLLM 0.14, A100 SXM) and Vidur (A100), and
 * end-to-end step times published by vLLM, DistServe, splitwise-sim, LMDeploy and TensorRT-LLM.
 */
export const clockErrorSource =
  'calibration of the A100 cost model against public measurements (AIConfigurator, Vidur, vLLM, DistServe, splitwise-sim, LMDeploy, TensorRT-LLM)';

/** How a row was kept from the fit. */
export type HeldOut =
  /** Whole shapes that no fit saw. */
  | 'shapes'
  /** A model or range of heads left out; constants refitted without it. */
  | 'models'
  /** Lengths beyond those fitted; constants refitted on the short ones. */
  | 'lengths';

/** Error of one kernel family: mean, median and 90th percentile of |predicted/measured − 1|, %. */
export interface KernelError {
  readonly family: string;
  readonly heldOut: HeldOut;
  /** What was left out. */
  readonly test: string;
  readonly rows: number;
  readonly mape: number;
  readonly median: number;
  readonly p90: number;
}

const kernel = (
  family: string,
  heldOut: HeldOut,
  test: string,
  rows: number,
  [mape, median, p90]: readonly [number, number, number],
): KernelError => ({ family, heldOut, test, rows, mape, median, p90 });

export const kernelErrors: readonly KernelError[] = [
  kernel('GEMM (microbenchmark)', 'shapes', 'unseen (n, k)', 882, [7.6, 5.8, 16.3]),
  kernel('GEMM (microbenchmark)', 'lengths', 'm <= 1,024 to m >= 4,096', 480, [6.6, 6.1, 11.5]),
  kernel('GEMM (sustained)', 'shapes', 'unseen (n, k)', 237, [8.4, 6.3, 19.2]),
  kernel('GEMM (sustained)', 'models', 'Llama-3-8B left out', 624, [7.4, 5.3, 16.6]),
  kernel('GEMM (sustained)', 'models', 'Qwen-72B left out', 429, [7.0, 4.6, 18.2]),
  kernel('GEMM (sustained)', 'lengths', 'm <= 1,024 to m >= 4,096', 305, [5.1, 4.4, 10.3]),
  kernel('Prefill attention', 'shapes', 'unseen heads', 816, [14.4, 9.1, 35.3]),
  kernel('Prefill attention', 'models', 'up to 32 heads to more', 1734, [18.8, 14.4, 41.7]),
  kernel('Prefill attention', 'lengths', 's <= 2,048 to s >= 8,192', 756, [9.4, 6.6, 18.4]),
  kernel('Decode attention', 'shapes', 'unseen heads', 860, [18.3, 10.6, 46.3]),
  kernel('Decode attention', 'shapes', 'unseen heads, KV over 20 MB', 250, [12.3, 9.9, 24.8]),
  kernel('Decode attention', 'models', 'up to 32 heads to more', 1535, [16.3, 11.9, 37.3]),
  kernel('Decode attention', 'lengths', 'kv <= 4,096 to kv >= 16,384', 481, [14.2, 13.0, 28.6]),
  kernel('All-reduce (in a graph)', 'shapes', 'unseen sizes', 30, [9.5, 7.4, 19.2]),
  kernel('MoE (fused Triton)', 'shapes', 'unseen shapes', 360, [16.2, 12.3, 37.4]),
  kernel('MoE (fused Triton)', 'models', 'Mixtral-8x7B left out', 360, [23.0, 19.8, 42.1]),
  kernel('MoE (fused Triton)', 'lengths', 'T <= 512 to T >= 4,096', 816, [35.8, 30.2, 90.1]),
];

/**
 * Step times composed of kernels, nothing fitted end to end, without an engine profile: measured
 * over predicted (lowest, median, highest) and the mean error, %.
 */
export interface StepError {
  readonly engine: string;
  readonly model: string;
  readonly phase: 'decode' | 'prefill';
  readonly points: number;
  readonly mape: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

const step = (
  engine: string,
  model: string,
  phase: StepError['phase'],
  points: number,
  mape: number,
  [low, median, high]: readonly [number, number, number],
): StepError => ({ engine, model, phase, points, mape, low, median, high });

const distServe = 'DistServe C++ engine, 2024';
const vllm2023 = 'vLLM 2023 (eager, Ray)';
const turboMind = 'TurboMind 0.1';

export const stepErrors: readonly StepError[] = [
  step('vLLM 2026', 'Qwen3-8B TP1', 'decode', 8, 3.2, [0.96, 0.98, 1.09]),
  step('vLLM 0.6.0', 'Llama-3-8B TP1', 'decode', 3, 4.5, [1.04, 1.05, 1.05]),
  step('vLLM 0.6.0', 'Mixtral-8x7B TP4', 'decode', 4, 6.5, [1.0, 1.04, 1.22]),
  step('vLLM 0.6.0', 'Llama-3-70B TP4', 'decode', 3, 8.6, [1.08, 1.1, 1.11]),
  step('TensorRT-LLM 0.5', 'Falcon-180B TP8', 'prefill', 1, 0.2, [1.0, 1.0, 1.0]),
  step('TensorRT-LLM 0.5', 'Llama-2-7B TP1', 'prefill', 1, 4.2, [0.96, 0.96, 0.96]),
  step('TensorRT-LLM 0.5', 'GPT-J-6B TP1', 'prefill', 1, 4.9, [1.05, 1.05, 1.05]),
  step(turboMind, 'Llama-2-70B TP4', 'prefill', 1, 0.2, [1.0, 1.0, 1.0]),
  step(turboMind, 'Llama-2-7B TP1', 'prefill', 1, 0.3, [1.0, 1.0, 1.0]),
  step(turboMind, 'Llama-2-7B TP1', 'decode', 2, 1.9, [0.99, 1.01, 1.03]),
  step(turboMind, 'InternLM-20B TP2', 'decode', 2, 4.5, [1.04, 1.05, 1.05]),
  step(turboMind, 'Llama-2-13B TP1', 'prefill', 1, 8.1, [0.92, 0.92, 0.92]),
  step(turboMind, 'Llama-2-13B TP1', 'decode', 4, 10.8, [0.81, 0.92, 0.98]),
  step(turboMind, 'Llama-2-70B TP4', 'decode', 1, 12.3, [1.14, 1.14, 1.14]),
  step(distServe, 'OPT-66B TP3', 'prefill', 23, 3.8, [0.92, 0.97, 1.02]),
  step(distServe, 'OPT-66B TP4', 'prefill', 23, 5.1, [0.91, 0.96, 1.02]),
  step(distServe, 'OPT-13B TP1', 'prefill', 23, 6.4, [0.89, 0.95, 1.05]),
  step(distServe, 'OPT-13B TP4', 'prefill', 23, 6.5, [1.0, 1.04, 1.29]),
  step(distServe, 'OPT-13B TP1', 'decode', 38, 9.9, [0.89, 1.13, 1.13]),
  step(distServe, 'OPT-66B TP8', 'prefill', 23, 10.3, [1.06, 1.11, 1.19]),
  step(distServe, 'OPT-13B TP2', 'prefill', 23, 11.0, [1.07, 1.1, 1.28]),
  step(distServe, 'OPT-66B TP3', 'decode', 38, 13.0, [0.93, 1.17, 1.18]),
  step(distServe, 'OPT-66B TP4', 'decode', 38, 19.2, [1.03, 1.28, 1.29]),
  step(distServe, 'OPT-13B TP2', 'decode', 38, 23.3, [1.18, 1.31, 1.32]),
  step(distServe, 'OPT-66B TP8', 'decode', 38, 36.4, [1.32, 1.63, 1.67]),
  step(distServe, 'OPT-13B TP4', 'decode', 38, 37.1, [1.43, 1.62, 1.65]),
  step(vllm2023, 'Llama-2-70B TP2', 'prefill', 9, 8.1, [0.97, 1.04, 1.21]),
  step(vllm2023, 'Llama-2-70B TP2', 'decode', 13, 18.1, [1.15, 1.2, 1.32]),
  step(vllm2023, 'BLOOM-176B TP8', 'prefill', 9, 18.9, [1.03, 1.2, 1.76]),
  step(vllm2023, 'Llama-2-70B TP4', 'prefill', 9, 22.4, [1.01, 1.22, 1.9]),
  step(vllm2023, 'Llama-2-70B TP8', 'prefill', 9, 27.8, [1.12, 1.37, 2.27]),
  step(vllm2023, 'BLOOM-176B TP8', 'decode', 13, 35.6, [1.51, 1.55, 1.58]),
  step(vllm2023, 'Llama-2-70B TP4', 'decode', 13, 41.9, [1.63, 1.73, 1.78]),
  step(vllm2023, 'Llama-2-70B TP8', 'decode', 13, 65.7, [2.78, 2.91, 3.03]),
];
