import type { Constant } from './constants.ts';
import type { EngineProfile } from './profiles.ts';

/**
 * The serving engine that was written to log real steps on one NVIDIA H200 (PyTorch 2.11.0, CUDA
 * 13.0, November 2026): paged KV in pages of 128 tokens, its own split-KV decode kernel, decode
 * rounds as CUDA graphs of a few batches, steps with prompts launched kernel by kernel, each
 * prompt's attention by itself. Llama-3.1-8B, one GPU.
 *
 * Calibrated on the first half of each of its three logs of a code service (`reprise calibrate
 * engine`), on the kernels of `h200.ts`, which saw no step of it. Steps with a prompt length that
 * was not met before (kernel selection) are left out. Halves are by step: in the two overloaded logs
 * nearly all prompts lie in the first, so that their TTFT and TPOT are in-sample.
 */
const logs = 'code-chunked2048, code-chunked512 and code-prefill-first';
const rounds = `calibrated on decode rounds, first half of ${logs}`;

const constant =
  (unit: string) =>
  (value: number, source: string): Constant => ({
    value,
    unit,
    source,
  });
const us = constant('us');
const share = constant('share of peak');

export const h200ResearchEngine: EngineProfile = {
  name: 'h200-research-engine',
  aliases: ['h200-engine'],
  title: 'an engine in PyTorch written to log real steps on an H200',
  era: 'research',
  gpu: 'h200',
  decode: { launchMsPerLayer: 0, skewUs: 0, fixedMs: 0.295, perSequenceMs: 0 },
  prefill: {
    launchMsPerLayer: 0.617,
    skewUs: 0,
    fixedMs: 3.59,
    perSequenceMs: 0,
    launchMsPerExtraPrompt: 3.99,
  },
  fits: {
    decode: {
      source: `${rounds}; fixed: the preparation that they state`,
      kernelsMape: 12.4,
      fittedMape: 2.9,
      heldOut: { mape: 3.6, points: 1620 },
      note: 'its host is 0.4 ms a round slower in one log than in the others',
    },
    prefill: {
      source: `calibrated on steps with prompts, first half of ${logs}`,
      kernelsMape: 11.3,
      fittedMape: 4.7,
      heldOut: { mape: 7.2, points: 122 },
      note: 'launches: the mean of code-chunked512, whose host was slow in a quarter of its steps',
    },
  },
  graphBatches: [1, 2, 4, 8, 12, 16, 24, 32, 40, 48, 64, 80, 96, 128],
  kernels: {
    decodeAttention: {
      startUs: us(5.13, rounds),
      kvShare: share(0.653, rounds),
      queryShare: share(1, 'not told apart from the blocks'),
      blockUs: us(7.02, rounds),
      groupedBlockShare: share(1, 'its kernel splits the KV of a sequence'),
    },
  },
  calibratedOn: [
    {
      file: 'code-chunked2048.steps.csv',
      sha256: 'e47266a36991041100d3894f37ab6dc91818619d47ea93734f3d63ecab4e4a8e',
      steps: 1805,
    },
    {
      file: 'code-chunked512.steps.csv',
      sha256: 'cb28b1a6f807b50628bc9b9a81e57d516c798a14e5b6995843226697a112dd64',
      steps: 402,
    },
    {
      file: 'code-prefill-first.steps.csv',
      sha256: '4cd7903ce0a05faf8dfa74b92f75ab4332b6248da4d5d17c1d0cdb7c7f512d6f',
      steps: 1383,
    },
  ],
  firstLengthMs: {
    value: 44.9,
    unit: 'ms per prompt length',
    source: 'calibrated on the first half of code-chunked2048, a process that had served nothing',
  },
};
