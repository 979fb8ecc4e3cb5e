import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { heldOutMape } from '../../profile-errors.ts';
import { profileNamed } from '../../profiles.ts';
import { findCalibrationData } from '../data-folder.ts';
import { checkCalibration } from './check.ts';
import { summariseErrors } from './errors.ts';
import { scored } from './step-rows.ts';

/** Errors as published with the constants, over the points that are shared. */
const data = findCalibrationData();

const describeData = describe.skipIf(!data);

describeData('kernels of the A100 (needs REPRISE_CALIBRATION_DATA)', () => {
  it('stay within the errors of the published constants', async () => {
    const { result } = await checkCalibration({ data: join(data as string, 'a100') });
    const mape = new Map(result.families.map((row) => [row.family, row.mape]));
    expect(mape.get('gemm')).toBeLessThan(9);
    expect(mape.get('gemm-microbench')).toBeLessThan(9);
    expect(mape.get('attention-prefill')).toBeLessThan(16);
    expect(mape.get('attention-decode')).toBeLessThan(21);
    expect(mape.get('allreduce')).toBeLessThan(10);
    const large = result.selections.find(({ selection }) => selection.includes('up to 256'))!;
    expect(large.mape).toBeLessThan(8);
    expect(Math.abs(large.bias)).toBeLessThan(1);
    expect(large.rows).toBeGreaterThan(500);
    // The target of 8 % holds up to 256 sequences only.
    const all = result.selections.find(({ selection }) => selection.endsWith('per call, all'))!;
    expect([all.rows, all.mape.toFixed(1)]).toEqual([845, '11.1']);
    const rows = [...result.families, ...result.other].reduce((sum, row) => sum + row.rows, 0);
    const scored = result.files.filter(({ note }) => note === undefined);
    expect(rows).toBe(scored.reduce((sum, file) => sum + file.rows, 0));
  }, 60_000);
});

// engine, model, tp, phase, rows, MAPE and median as published, kernels composed, no engine.
const table: [string, string, number, string, number, number, number][] = [
  ['distserve-swifttransformer 2024-01', 'opt-13b', 1, 'decode', 38, 9.9, 11.3],
  ['distserve-swifttransformer 2024-01', 'opt-13b', 1, 'prefill', 23, 6.4, 5.3],
  ['distserve-swifttransformer 2024-01', 'opt-13b', 2, 'decode', 38, 23.3, 23.9],
  ['distserve-swifttransformer 2024-01', 'opt-13b', 2, 'prefill', 23, 11.0, 9.2],
  ['distserve-swifttransformer 2024-01', 'opt-13b', 4, 'decode', 38, 37.1, 38.4],
  ['distserve-swifttransformer 2024-01', 'opt-13b', 4, 'prefill', 23, 6.5, 3.5],
  ['distserve-swifttransformer 2024-01', 'opt-66b', 3, 'decode', 38, 13.0, 14.4],
  ['distserve-swifttransformer 2024-01', 'opt-66b', 3, 'prefill', 23, 3.8, 3.3],
  ['distserve-swifttransformer 2024-01', 'opt-66b', 4, 'decode', 38, 19.2, 21.6],
  ['distserve-swifttransformer 2024-01', 'opt-66b', 4, 'prefill', 23, 5.1, 4.7],
  ['distserve-swifttransformer 2024-01', 'opt-66b', 8, 'decode', 38, 36.4, 38.7],
  ['distserve-swifttransformer 2024-01', 'opt-66b', 8, 'prefill', 23, 10.3, 9.6],
  ['lmdeploy-turbomind 0.1.0a1', 'internlm-20b', 2, 'decode', 2, 4.5, 4.5],
  ['lmdeploy-turbomind 0.1.0a1', 'llama2-13b', 1, 'decode', 4, 10.8, 8.6],
  ['lmdeploy-turbomind 0.1.0a1', 'llama2-13b', 1, 'prefill', 1, 8.1, 8.1],
  ['lmdeploy-turbomind 0.1.0a1', 'llama2-70b', 4, 'decode', 1, 12.3, 12.3],
  ['lmdeploy-turbomind 0.1.0a1', 'llama2-70b', 4, 'prefill', 1, 0.2, 0.2],
  ['lmdeploy-turbomind 0.1.0a1', 'llama2-7b', 1, 'decode', 2, 1.9, 1.9],
  ['lmdeploy-turbomind 0.1.0a1', 'llama2-7b', 1, 'prefill', 1, 0.3, 0.3],
  ['tensorrt-llm 0.5', 'falcon-180b', 8, 'prefill', 1, 0.2, 0.2],
  ['tensorrt-llm 0.5', 'llama2-7b', 1, 'prefill', 1, 4.2, 4.2],
  ['vllm 0.6.0', 'llama3-70b', 4, 'decode', 3, 8.6, 8.7],
  ['vllm 0.6.0', 'llama3-8b', 1, 'decode', 3, 4.5, 4.9],
  ['vllm 0.6.0', 'mixtral-8x7b', 4, 'decode', 4, 6.5, 3.7],
  ['vllm 2023', 'bloom-176b', 8, 'decode', 13, 35.6, 35.6],
  ['vllm 2023', 'bloom-176b', 8, 'prefill', 9, 18.9, 16.3],
  ['vllm 2023', 'llama2-70b', 2, 'decode', 13, 18.1, 16.7],
  ['vllm 2023', 'llama2-70b', 2, 'prefill', 9, 8.1, 3.6],
  ['vllm 2023', 'llama2-70b', 4, 'decode', 13, 41.9, 42.3],
  ['vllm 2023', 'llama2-70b', 4, 'prefill', 9, 22.4, 18.1],
  ['vllm 2023', 'llama2-70b', 8, 'decode', 13, 65.7, 65.6],
  ['vllm 2023', 'llama2-70b', 8, 'prefill', 9, 27.8, 26.8],
  ['vllm 2026', 'qwen3-8b', 1, 'decode', 8, 3.2, 2.7],
];

describeData('whole steps on A100s (needs REPRISE_CALIBRATION_DATA)', () => {
  it('have the published errors, within a tenth of a point', async () => {
    const { result } = await checkCalibration({ data: join(data as string, 'e2e') });
    const ours = result.end_to_end.filter(({ gpu }) => gpu.startsWith('a100'));
    for (const [engine, model, tp, phase, rows, mape, median] of table) {
      const found = ours.find(
        (row) =>
          row.engine === engine && row.model === model && row.tp === tp && row.phase === phase,
      )!;
      const label = `${engine} ${model} tp ${tp} ${phase}`;
      expect(found.rows, label).toBe(rows);
      expect(Math.abs(found.mape - mape), label).toBeLessThan(0.1);
      expect(Math.abs(found.median - median), label).toBeLessThan(0.1);
    }
    // The one published row that is not reproduced: 4.9 there.
    const gptj = ours.find(({ model }) => model === 'gptj-6b')!;
    expect([gptj.rows, gptj.phase, gptj.mape.toFixed(1)]).toEqual([1, 'prefill', '6.6']);
  }, 60_000);

  it.each([
    ['python-eager-ray-2023', 24],
    ['vllm-early-2024', 138],
  ])(
    'leave %s the error of prefill that its draws have, over rows that no fit saw',
    async (name, points) => {
      const { rows } = await checkCalibration({ data: join(data as string, 'e2e') });
      const unseen = rows.steps.filter(
        ({ profiles, fitted, phase, at }) =>
          profiles.engine === name &&
          !fitted.engine &&
          phase === 'prefill' &&
          at.gpu.name === 'a100-80gb',
      );
      const { mape } = summariseErrors(unseen.map((step) => scored(step, 'engine')));
      expect(unseen).toHaveLength(points);
      expect(Number(mape.toFixed(1))).toBe(profileNamed(name).fits.prefill.heldOut!.mape);
      expect(heldOutMape(profileNamed(name))).toBe(Number(mape.toFixed(1)));
    },
    60_000,
  );
});
