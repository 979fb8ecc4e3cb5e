import type { Command } from 'commander';
import { print, printJson, printTable } from '../terminal.ts';

interface EngineFlags {
  model: string;
  gpu: string;
  json?: boolean;
}

/** `calibrate engine`: the terms of an engine profile, from logs of its steps. */
export function addEngine(calibrate: Command): void {
  calibrate
    .command('engine')
    .description('fit what an engine adds to the kernels of its GPU, on logs of its steps')
    .argument('<steps...>', 'steps of the engine, CSV files as for calibrate serving')
    .option('--model <name>', 'model that was served', 'llama-3.1-8b')
    .option('--gpu <name>', 'GPU that served it', 'h200')
    .option('--json', 'one JSON document')
    .action(engine);
}

async function engine(files: string[], { model, gpu, json }: EngineFlags): Promise<void> {
  const { fitEngine } = await import('../../experiment/validation/fit-engine.ts');
  const fit = await fitEngine({ files, model, gpu });
  if (json) {
    printJson(fit);
    return;
  }
  const { decodeAttention, decodeFixedMs, prefill, errors } = fit;
  const terms = {
    'kernels.decodeAttention': decodeAttention,
    decode: { fixedMs: decodeFixedMs },
    prefill,
  };
  printTable(
    [{ title: 'term' }, { title: 'value', align: 'right' }],
    Object.entries(terms).flatMap(([group, values]) =>
      Object.entries(values).map(([name, value]) => [
        `${group}.${name}`,
        value < 1e-6 ? '0' : value.toPrecision(3),
      ]),
    ),
  );
  print();
  printTable(
    [
      { title: 'log' },
      { title: 'steps' },
      { title: 'half' },
      ...['rows', 'bias %', 'MAPE', 'median'].map((title) => ({ title, align: 'right' as const })),
    ],
    errors.map(({ log, phase, half, rows, bias, mape, median }) => [
      log.split(/[/\\]/).at(-1) ?? log,
      phase,
      half,
      String(rows),
      ...[bias, mape, median].map((value) => value.toFixed(1)),
    ]),
  );
}
