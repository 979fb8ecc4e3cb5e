import type { MeasuredFile } from '../measurements/read-folder.ts';
import { type Family, type RowOrigin, type RowSetting, settingOf } from './families.ts';
import { type FittedMark, fittedMark } from './fitted-rows.ts';
import type { GpuChooser } from './gpu-choice.ts';
import { kernelReaders } from './kernel-readers.ts';

/** One timed kernel beside what its form says. */
export interface KernelRow {
  readonly origin: RowOrigin;
  readonly gpu: string;
  /** Name of the file's layout, and of the operation where a layout holds several. */
  readonly op: string;
  /** Null: not one of the rows that constants stand for. */
  readonly family: Family | null;
  /** us. */
  readonly measured: number;
  /** us; null where there is no form for the operation. */
  readonly predicted: number | null;
  readonly shape: Readonly<Record<string, number | string>>;
  /** Constants that price it were fitted on its file or source. */
  readonly fitted: boolean;
  /** MAPE of these constants over shapes held out, %; null where it is not known. */
  readonly heldOut: number | null;
}

/** Rows of GPUs that are not known, by file and by what it calls them. */
export type UnknownGpus = Map<string, { file: string; gpu: string; rows: number }>;

/**
 * Every row of a file of kernel times, priced.
 * @param hash SHA-256 of the file, which marks rows that constants were fitted on
 */
export function kernelRows(
  file: MeasuredFile,
  gpus: GpuChooser,
  unknown: UnknownGpus,
  hash = '',
): KernelRow[] {
  const { table, layout } = file;
  const reader = kernelReaders[layout.name];
  if (reader === undefined) return [];
  const price = reader(file);
  const hardware = table.text('hardware');
  const source = table.text('source');
  const framework = table.text('framework');
  const version = table.text('framework_version');
  const dtype = table.text('dtype');
  const latency = table.number('latency_us');
  const rows: KernelRow[] = [];
  // Files go source by source: what follows from it alone is looked up when it changes.
  let setting: RowSetting | undefined;
  let marks = new Map<Family, FittedMark>();
  for (let row = 0; row < table.rows; row++) {
    const named = hardware(row);
    const at = gpus.of(file, named);
    if (at === null) {
      const name = gpus.nameOf(file, named);
      const key = `${file.file}\n${name}`;
      const { rows: before } = unknown.get(key) ?? { rows: 0 };
      unknown.set(key, { file: file.file, gpu: name, rows: before + 1 });
      continue;
    }
    const origin = {
      source: source(row),
      framework: framework(row),
      version: version(row),
      dtype: dtype(row),
    };
    if (setting === undefined || setting.at !== at || !isSame(setting.origin, origin)) {
      setting = settingOf(origin, at);
      marks = new Map();
    }
    const { op = layout.name, family, predicted, shape } = price(row, setting);
    const gpu = at.gpu.name;
    const mark =
      family === null ? undefined : (marks.get(family) ?? fittedMark(family, setting, hash));
    if (family !== null && mark !== undefined) marks.set(family, mark);
    rows.push({
      origin: setting.origin,
      gpu,
      op,
      family,
      measured: latency(row),
      predicted,
      shape,
      fitted: mark?.rows === 'all' || (mark?.rows === 'prefix' && Number(shape.prefix) > 0),
      heldOut: mark?.heldOut ?? null,
    });
  }
  return rows;
}

function isSame(a: RowOrigin, b: RowOrigin): boolean {
  return (
    a.source === b.source &&
    a.framework === b.framework &&
    a.version === b.version &&
    a.dtype === b.dtype
  );
}
