import { describe, expect, it } from 'vitest';
import { checkCalibration } from '../check/check.ts';
import { findCalibrationData } from '../data-folder.ts';
import { recordOf } from './record.ts';
import { recordedCheck, recordedGpus } from './recorded.ts';
import { sourcesOf } from './sources.ts';

const data = findCalibrationData();
const title =
  data === null
    ? 'recorded errors (skipped: no ../shared/calibration, and REPRISE_CALIBRATION_DATA is not set)'
    : 'recorded errors';

describe('recorded errors of the package', () => {
  it.each(recordedGpus)('of %s are percentages over at least one row', (gpu) => {
    const { families, end_to_end, selections, sources, command } = recordedCheck(gpu);
    expect(command).toContain(`--of ${gpu}`);
    expect(sources.length).toBeGreaterThan(0);
    const errors = [
      ...families,
      ...selections,
      ...end_to_end.flatMap(({ rows, own, composed }) => [
        { rows, ...own },
        { rows, ...composed },
      ]),
    ];
    for (const { rows, mape, median, p90 } of errors) {
      expect(rows).toBeGreaterThan(0);
      expect(median).toBeLessThanOrEqual(p90);
      expect(mape).toBeGreaterThanOrEqual(0);
    }
  });
});

describe.skipIf(data === null)(title, () => {
  /** To one decimal, which all that is shown has. */
  const figures = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value), (_, member) =>
      typeof member === 'number' ? Number(member.toFixed(1)) : member,
    );

  it('are those of a fresh check; records are to be written again after a change of constants', async () => {
    const { result } = await checkCalibration({ data: data as string });
    for (const gpu of recordedGpus) {
      const { command, date, ...recorded } = recordedCheck(gpu);
      const fresh = recordOf(result, {
        command,
        date,
        sources: await sourcesOf(data as string, {}, gpu),
        gpus: gpu,
      });
      expect(recorded.sources).toEqual(fresh.sources);
      for (const part of ['families', 'end_to_end', 'selections'] as const) {
        expect(figures(recorded[part])).toEqual(figures(fresh[part]));
      }
    }
  });
});
