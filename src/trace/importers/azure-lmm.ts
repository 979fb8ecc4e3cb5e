import { InputError } from '../../units/input-error.ts';
import type { RequestTrace } from '../request-trace.ts';
import type { Medium } from '../trace-builder.ts';
import { ArrivalClock } from './arrival-clock.ts';
import { CsvFile } from './csv.ts';
import { type CommonOptions, Intake } from './intake.ts';
import { badValue, countFrom, type Place } from './values.ts';

export interface AzureLmmOptions extends CommonOptions {
  /**
   * How NumImages becomes a number of images. Default `sqrt`: all published values are perfect
   * squares, and tokens per square root are constant where tokens per value are not.
   */
  numImagesTransform?: 'sqrt' | 'identity' | undefined;
  /** Prompt tokens of one image; default 1105, 85 + 6 tiles of 170 in GPT-4-class tiling. */
  imageTokens?: number | undefined;
}

const columns = ['TIMESTAMP', 'NumImages', 'ContextTokens', 'GeneratedTokens'] as const;
/** Text tokens that a prompt with images keeps at least. */
const leastText = 8;
/** The published maximum is some 9,400 before the root. */
const mostImages = 100_000;

/**
 * Azure LMM inference trace of 2025 (Azure/AzurePublicDataset; ModServe, SoCC 2025): a date, a
 * number of images and two token counts. ContextTokens includes the images, whose sizes are not
 * published: each of n images counts `imageTokens`, or (ContextTokens − 8) / n where that would
 * leave less than 8 tokens of text. These media tokens are generated, not recorded.
 */
export async function importAzureLmm(
  path: string,
  options: AzureLmmOptions = {},
): Promise<RequestTrace> {
  const { numImagesTransform = 'sqrt', imageTokens = 1105 } = options;
  const intake = new Intake(path, options);
  const csv = new CsvFile(intake.file);
  const clock = new ArrivalClock();
  for await (const records of csv.blocks()) {
    csv.header.requireColumns(columns);
    const [time, count, context, generated] = columns.map((name) => csv.header.index(name)) as [
      number,
      number,
      number,
      number,
    ];
    for (const { fields, line } of records) {
      const at = (column: string): Place => ({ file: path, line, column });
      const place = at('NumImages');
      const n = imageCount(countFrom(fields[count] as string, place), numImagesTransform, place);
      const total = countFrom(fields[context] as string, at('ContextTokens'));
      const each = n === 0 ? 0 : Math.min(imageTokens, Math.floor((total - leastText) / n));
      if (n > 0 && each < 1) {
        throw new InputError(`${total} ContextTokens for ${n} images`, {
          where: `${path}, line ${line}`,
          rule: `ContextTokens includes the images: at least 1 token each and ${leastText} of text`,
        });
      }
      intake.add(
        {
          arrivalMs: clock.arrivalMs(fields[time] as string, at('TIMESTAMP')),
          inputTokens: total - n * each,
          outputTokens: countFrom(fields[generated] as string, at('GeneratedTokens')),
          media: Array<Medium>(n).fill({ kind: 'image', tokens: each }),
        },
        line,
      );
    }
  }
  return intake.finish(
    {
      kind: 'recorded',
      columnKinds: { media: 'generated', input_tokens: 'generated' },
      importer: 'azure-lmm',
      importOptions: { numImagesTransform, imageTokens },
      notes:
        'tokens per image assumed; input_tokens is ContextTokens less those of the assumed images',
    },
    { fromFirst: true },
  );
}

function imageCount(value: number, transform: 'sqrt' | 'identity', place: Place): number {
  const n = transform === 'sqrt' ? Math.round(Math.sqrt(value)) : value;
  if (transform === 'sqrt' && n * n !== value) {
    throw badValue(
      value,
      place,
      'a perfect square (--num-images-transform identity takes it as it is)',
    );
  }
  if (n > mostImages) throw badValue(value, place, `at most ${mostImages} images a request`);
  return n;
}
