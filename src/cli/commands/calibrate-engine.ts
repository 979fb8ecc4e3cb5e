import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { InputError } from '../../units/input-error.ts';
import { note, print, printJson, printTable } from '../terminal.ts';

interface EngineFlags {
  model: string;
  gpu: string;
  half: 'steps' | 'prompts';
  graphs?: number[];
  output?: string;
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
    .addOption(
      new Option(
        '--half <of>',
        'fit on the first half of the steps, or of the prompts, of each log',
      )
        .choices(['steps', 'prompts'])
        .default('steps'),
    )
    .option(
      '--graphs <sizes>',
      'batches of its CUDA graphs, commas between (default: those that the logs show)',
      ascending,
    )
    .option('-o, --output <file>', 'the engine as JSON, for calibrate serving --engine')
    .option('--json', 'one JSON document')
    .action(engine);
}

async function engine(
  files: string[],
  { model, gpu, half, graphs, output, json }: EngineFlags,
): Promise<void> {
  const { fitEngine } = await import('../../experiment/validation/fit-engine.ts');
  const fit = await fitEngine({ files, model, gpu, half });
  if (output !== undefined) {
    const { engineFileOf } = await import('../../experiment/validation/engine-file.ts');
    const { writeFileSync } = await import('node:fs');
    const name = basename(output, '.json');
    const file = engineFileOf(fit, { name, ...(graphs && { graphBatches: graphs }) });
    writeFileSync(output, `${JSON.stringify(file, null, 2)}\n`);
    note(`engine ${name} written to ${output}`);
  }
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

function ascending(text: string): number[] {
  const sizes = text.split(',').map(Number);
  const fine = sizes.every((size, i) => {
    return Number.isInteger(size) && size > 0 && (i === 0 || size > (sizes[i - 1] as number));
  });
  if (fine) return sizes;
  throw new InputError(`invalid value ${JSON.stringify(text)}`, {
    where: '--graphs',
    rule: 'whole numbers from 1 on, ascending, commas between',
  });
}
