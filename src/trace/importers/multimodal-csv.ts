import { InputError } from '../../units/input-error.ts';
import type { RequestTrace } from '../request-trace.ts';
import type { Medium } from '../trace-builder.ts';
import { CsvFile } from './csv.ts';
import { type CommonOptions, Intake } from './intake.ts';
import { countFrom, millisecondsFrom, type Place } from './values.ts';

const columns = [
  'request_id',
  'arrival_ms',
  'client_id',
  'text_tokens',
  'num_images',
  'image_tokens',
  'output_tokens',
] as const;
type ColumnName = (typeof columns)[number];

/**
 * Multimodal requests sampled from a published workload model (ServeGen, arXiv 2505.09999, layout
 * of its mm-image samples): text and output tokens, and the tokens of each image joined by `|`.
 * The client becomes the tenant. Sampled, not recorded.
 */
export async function importMultimodalCsv(
  path: string,
  options: CommonOptions = {},
): Promise<RequestTrace> {
  const intake = new Intake(path, options);
  const csv = new CsvFile(intake.file);
  for await (const records of csv.blocks()) {
    csv.header.requireColumns(columns);
    const index = Object.fromEntries(
      columns.map((name) => [name, csv.header.index(name)]),
    ) as Record<ColumnName, number>;
    for (const { fields, line } of records) {
      const at = (column: ColumnName): Place => ({ file: path, line, column });
      const text = (column: ColumnName) => fields[index[column]] as string;
      const count = (column: ColumnName) => countFrom(text(column), at(column));
      const media = images(text('image_tokens'), at('image_tokens'));
      if (media.length !== count('num_images')) {
        throw new InputError(`${media.length} image_tokens for ${text('num_images')} images`, {
          where: `${path}, line ${line}, column image_tokens`,
          rule: 'one number for each image, joined by |',
        });
      }
      intake.add(
        {
          requestId: count('request_id'),
          arrivalMs: millisecondsFrom(text('arrival_ms'), 0, at('arrival_ms')),
          inputTokens: count('text_tokens'),
          outputTokens: count('output_tokens'),
          media,
          tenant: `client ${count('client_id')}`,
        },
        line,
      );
    }
  }
  return intake.finish({ kind: 'sampled', importer: 'multimodal-csv', importOptions: {} });
}

function images(text: string, place: Place): Medium[] {
  if (text.trim() === '') return [];
  return text.split('|').map((tokens) => ({ kind: 'image', tokens: countFrom(tokens, place) }));
}
