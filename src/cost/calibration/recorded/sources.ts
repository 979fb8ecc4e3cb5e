import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../units/canonical.ts';
import { type GpuChoice, GpuChooser } from '../check/gpu-choice.ts';
import { type MeasuredFile, readMeasurements } from '../measurements/read-folder.ts';

/** A file of measurements that a check scored. */
export interface Source {
  /** Path below the folder of the check. */
  readonly file: string;
  /** Those of the GPUs in question. */
  readonly rows: number;
  readonly sha256: string;
}

/** The scored files of a folder with rows of GPUs whose names begin so. */
export async function sourcesOf(
  data: string,
  choice: GpuChoice,
  gpus: string | undefined,
): Promise<Source[]> {
  const { files } = await readMeasurements(data, (layout) => layout.note === undefined);
  const chooser = new GpuChooser(choice);
  return files.flatMap((file) => {
    const rows = rowsOf(file, chooser, gpus ?? '');
    if (rows === 0) return [];
    return [{ file: file.file, rows, sha256: sha256(readFileSync(join(data, file.file))) }];
  });
}

function rowsOf(file: MeasuredFile, chooser: GpuChooser, gpus: string): number {
  const hardware = file.table.text('hardware');
  let count = 0;
  for (let row = 0; row < file.table.rows; row++) {
    const at = chooser.of(file, hardware(row));
    if (at?.gpu.name.startsWith(gpus)) count++;
  }
  return count;
}
