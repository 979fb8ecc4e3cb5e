import { InputError } from '../../units/input-error.ts';
import type { SourceId } from '../dense-ids.ts';
import type { RequestTrace } from '../request-trace.ts';
import { type CommonOptions, Intake } from './intake.ts';
import { exactHashIds, jsonRows } from './jsonl.ts';
import { badValue, int32Max, type Place } from './values.ts';

export interface MooncakeOptions extends CommonOptions {
  /** Tokens of one hashed block; default 512, as released. */
  blockSize?: number | undefined;
}

/**
 * Mooncake JSONL (kvcache-ai/Mooncake, FAST25-release/traces): one object a line with `timestamp`
 * (ms), `input_length`, `output_length` and `hash_ids`, one id for each started block of the
 * prompt. Ids are integers of any width, or strings; they identify the whole prefix up to a block.
 */
export async function importMooncake(
  path: string,
  options: MooncakeOptions = {},
): Promise<RequestTrace> {
  const blockSize = options.blockSize ?? 512;
  const intake = new Intake(path, options);
  const ignored = new Set<string>();
  for await (const { row, line, text } of jsonRows(intake.file)) {
    const at = (column: string): Place => ({ file: path, line, column });
    const { timestamp, input_length, output_length, hash_ids, ...rest } = row;
    for (const member of Object.keys(rest)) {
      if (ignored.size < 20) ignored.add(member);
    }
    const arrivalMs = number(timestamp, at('timestamp'));
    const inputTokens = count(input_length, at('input_length'));
    const outputTokens = count(output_length, at('output_length'));
    const blockIds = hashIds(hash_ids, text, at('hash_ids'));
    const wanted = Math.ceil(inputTokens / blockSize);
    if (blockIds.length !== wanted) {
      throw new InputError(`${blockIds.length} hash_ids for ${inputTokens} tokens`, {
        where: `${path}, line ${line}, column hash_ids`,
        rule: `${wanted} ids: one for each started block of ${blockSize} tokens`,
      });
    }
    intake.add({ arrivalMs, inputTokens, outputTokens, blockIds }, line);
  }
  const members = [...ignored].sort().join(', ');
  return intake.finish({
    kind: 'recorded',
    importer: 'mooncake',
    importOptions: { blockSize },
    blockSize,
    notes: members ? `members not imported: ${members}` : null,
  });
}

function number(value: unknown, place: Place): number {
  if (typeof value === 'number' && value >= 0 && value <= 9e12) return value;
  throw badValue(value, place, 'a number of milliseconds, not negative and below 285 years');
}

function count(value: unknown, place: Place): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= int32Max) {
    return value as number;
  }
  throw badValue(value, place, `a whole number from 0 to ${int32Max}`);
}

function hashIds(value: unknown, text: string, place: Place): readonly SourceId[] {
  if (!Array.isArray(value)) throw badValue(value, place, 'a list of block ids');
  let exact = true;
  for (const id of value) {
    if (typeof id === 'string') continue;
    if (typeof id !== 'number') throw badValue(id, place, 'an integer or a string');
    if (!Number.isSafeInteger(id)) exact = false;
  }
  return exact ? value : exactHashIds(text, place);
}
