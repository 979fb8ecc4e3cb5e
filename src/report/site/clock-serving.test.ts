import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCalibrationData } from '../../cost/calibration/data-folder.ts';
import { recordedLogs, recordedServing } from '../../cost/calibration/recorded/recorded.ts';
import { systemOf } from '../../experiment/validation/logged-system.ts';
import { validateServing } from '../../experiment/validation/validate-serving.ts';
import { servingBlocks } from './clock-serving.ts';

const data = findCalibrationData();
const title =
  data === null
    ? 'recorded replays of logs (skipped: no ../shared/calibration, and REPRISE_CALIBRATION_DATA is not set)'
    : 'recorded replays of logs';

describe('the table of logs', () => {
  it('has a row for each', () => {
    const html = servingBlocks()
      .map((block) => ('html' in block ? block.html : ''))
      .join('');
    for (const log of recordedLogs) expect(html).toContain(`<th scope="row">${log}</th>`);
  });
});

describe.skipIf(data === null)(title, () => {
  it.each(recordedLogs)('%s is that of a fresh replay', async (log) => {
    const { system, ...recorded } = recordedServing(log);
    const file = (table: string) => join(data as string, 'h200', 'serving', `${log}.${table}.csv`);
    const { scheduling, step_time, ttft_error, tpot_error, per_request } = await validateServing({
      steps: file('steps'),
      requests: file('requests'),
      rules: system.rules,
      system: systemOf({ profile: 'h200', model: system.model, tp: 1 }),
    });
    const close = (value: unknown) => JSON.parse(JSON.stringify(value), rounded);
    const fresh = { scheduling, step_time, ttft_error, tpot_error, per_request };
    expect(close(recorded)).toMatchObject(close(fresh));
  });
});

function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(1)) : value;
}
