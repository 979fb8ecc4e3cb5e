import { InputError } from '../units/input-error.ts';
import { nearestName, unknownName } from '../units/nearest.ts';
import type { DecoderShape } from './decoder.ts';
import { expertModels } from './decoders/experts.ts';
import { llamaModels } from './decoders/llama.ts';
import { mistralModels } from './decoders/mistral.ts';
import { multimodalModels } from './decoders/multimodal.ts';
import { otherModels } from './decoders/others.ts';
import { qwenModels } from './decoders/qwen.ts';
import { shardOf } from './shard.ts';

/** Every model by its own name. */
export const models: readonly DecoderShape[] = [
  ...llamaModels,
  ...mistralModels,
  ...qwenModels,
  ...expertModels,
  ...otherModels,
  ...multimodalModels,
];

/** What a name is compared by: lower case, without organisation, hyphens and underscores. */
export function nameKey(name: string): string {
  return name
    .toLowerCase()
    .replace(/^[^/]+\/(?!tp\d+$)/, '')
    .replaceAll(/[-_ ]/g, '');
}

const byKey = new Map(
  models.flatMap((model) => [model.name, ...model.aliases].map((name) => [nameKey(name), model])),
);

/**
 * The model of that name or alias: case, hyphens, underscores and a leading organisation
 * (`meta-llama/`) do not matter. `NAME/tpN` is one GPU's shard of it without communication,
 * with the vocabulary divided too.
 */
export function modelNamed(name: string): DecoderShape {
  const [, whole = name, gpus] = /^(.*)\/tp(\d+)$/i.exec(name) ?? [];
  const model = byKey.get(nameKey(whole));
  if (model === undefined) {
    const all = models.flatMap((m) => [m.name, ...m.aliases]);
    const names = nearestName(whole, all) ? all : models.map((m) => m.name);
    throw unknownName('model', whole, names);
  }
  return gpus === undefined ? model : oneGpuOf(model, Number(gpus));
}

function oneGpuOf(model: DecoderShape, gpus: number): DecoderShape {
  if (gpus === 1) return model;
  if (model.vision !== undefined) {
    throw new InputError(`no shard of ${model.name}`, {
      rule: 'shards exist for text models only',
    });
  }
  const { queryHeads, kvHeads, ffn, vocab, expertFfn, sharedFfn } = shardOf(model, gpus);
  return {
    ...model,
    name: `${model.name}/tp${gpus}`,
    aliases: [],
    heads: queryHeads,
    kvHeads,
    ffn,
    vocab,
    ...(model.experts && { experts: { ...model.experts, expertFfn, sharedFfn } }),
    otherParameters: (model.otherParameters ?? 0) / gpus,
    shardOf: { name: model.name, gpus },
  };
}
