import type { MeasuredFile } from '../measurements/read-folder.ts';
import { plainDecoder } from './engines.ts';
import type { GpuChooser } from './gpu-choice.ts';
import { type Phase, type StepCase, whyNot } from './step-cases.ts';

/** Rows that are not scored, by model and reason. */
export interface Skipped {
  readonly model: string;
  readonly rows: number;
  readonly reason: string;
}

/** Prompts of fewer tokens in all are host launches more than kernels, in engines of any kind. */
const leastPrefillTokens = 512;

type Step = Pick<StepCase, 'engine' | 'version' | 'model' | 'tp' | 'measuredMs' | 'shape'> & {
  readonly phase: Phase | null;
  /** Why the row itself says that it should not be scored. */
  readonly refused: string | null;
};

type Reader = (file: MeasuredFile) => (row: number) => Step;

/** The steps of a file that can be scored; the others are counted in `skipped`. */
export function stepCases(
  file: MeasuredFile,
  gpus: GpuChooser,
  skipped: Map<string, Skipped>,
): StepCase[] {
  const reader = readers[file.layout.name];
  if (reader === undefined) return [];
  const read = reader(file);
  const hardware = file.table.text('hardware');
  const cases: StepCase[] = [];
  for (let row = 0; row < file.table.rows; row++) {
    const { phase, refused, ...step } = read(row);
    const named = hardware(row);
    const at = gpus.of(file, named);
    const skip = (reason: string) => {
      const key = `${step.model}\n${reason}`;
      const { rows } = skipped.get(key) ?? { rows: 0 };
      skipped.set(key, { model: step.model, rows: rows + 1, reason });
    };
    if (at === null) {
      skip(unknownGpu(gpus.nameOf(file, named)));
    } else if (phase === null) {
      skip('neither prefill nor decode');
    } else {
      const one: StepCase = { ...step, phase, at, file: file.layout.name };
      const reason = whyNot(one) ?? refused;
      if (reason === null) cases.push(one);
      else skip(reason);
    }
  }
  return cases;
}

export function unknownGpu(name: string): string {
  return `unknown GPU ${JSON.stringify(name)}`;
}

const readers: Readonly<Record<string, Reader>> = {
  iterations({ table }) {
    const [engine, version] = [table.text('engine'), table.text('engine_version')];
    const [model, phase] = [table.text('model'), table.text('phase')];
    const [tp, batch] = [table.number('tp'), table.number('batch')];
    const [prompt, context] = [table.number('prompt_len'), table.number('ctx_per_request')];
    const [latency, suspect] = [table.number('latency_ms'), table.flag('suspect')];
    return (row) => {
      const prefill = phase(row) === 'prefill';
      const few = prefill && batch(row) * prompt(row) < leastPrefillTokens;
      const refusals = [
        suspect(row) ? 'marked suspect in its file' : null,
        few ? `a prefill of fewer than ${leastPrefillTokens} tokens` : null,
      ];
      return {
        engine: engine(row) as string,
        version: version(row) as string,
        model: model(row) as string,
        tp: tp(row),
        phase: prefill ? 'prefill' : phase(row) === 'decode' ? 'decode' : null,
        measuredMs: latency(row),
        shape: prefill
          ? { batch: batch(row), newTokens: prompt(row) }
          : { batch: batch(row), context: context(row) },
        refused: refusals.find((reason) => reason !== null) ?? null,
      };
    };
  },

  prefill(file) {
    const step = plainStep(file);
    const [newTokens, prefix] = [
      file.table.number('new_tokens'),
      file.table.number('prefix_tokens'),
    ];
    return (row) => ({
      ...step(row),
      phase: prefix(row) > 0 ? 'prefix' : 'prefill',
      shape: { newTokens: newTokens(row), prefix: prefix(row) },
    });
  },

  decode(file) {
    const step = plainStep(file);
    const [batch, context] = [file.table.number('batch'), file.table.number('context')];
    const chunk = file.table.number('chunk_tokens');
    return (row) => {
      const round = { batch: batch(row), context: context(row) };
      return {
        ...step(row),
        phase: chunk(row) > 0 ? 'mixed' : 'decode',
        shape: chunk(row) > 0 ? { ...round, newTokens: chunk(row) } : round,
      };
    };
  },

  tsp_prefill(file) {
    const step = plainStep(file);
    const tokens = file.table.number('tokens');
    const [fullLayers, rate] = [file.table.number('tsp_layer'), file.table.number('tsp_rate')];
    return (row) => ({
      ...step(row),
      phase: 'tsp',
      shape: { newTokens: tokens(row), fullLayers: fullLayers(row), rate: rate(row) },
    });
  },

  vision_encode(file) {
    const step = plainStep(file, 'encoder');
    const [tiles, rows] = [file.table.number('tiles'), file.table.number('tokens_per_tile')];
    return (row) => ({
      ...step(row),
      phase: 'encode',
      shape: { tiles: tiles(row), rowsPerTile: rows(row) },
    });
  },
};

/** What the files of the plain decoder have in common. */
function plainStep({ table }: MeasuredFile, modelColumn = 'model') {
  const model = table.text(modelColumn);
  const latency = table.number('latency_us');
  return (row: number) => ({
    ...plainDecoder,
    model: model(row) as string,
    tp: 1,
    measuredMs: latency(row) / 1000,
    refused: null,
  });
}
