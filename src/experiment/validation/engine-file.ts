import { z } from 'zod';
import type { Constant } from '../../cost/constants.ts';
import type { EngineProfile, EngineFit as PhaseFit } from '../../cost/profiles.ts';
import { gpuNamed } from '../../hardware/gpus.ts';
import { modelNamed } from '../../model/models.ts';
import { readJsonFile } from '../../units/json-file.ts';
import { schemaError } from '../../units/schema-error.ts';
import type { EngineFit } from './fit-engine.ts';

/**
 * An engine as a JSON file: what `calibrate engine -o` writes and `calibrate serving --engine`
 * reads. The kernels stay those of the GPU, but for decode attention, which is the engine's own.
 */
const ms = z.number().nonnegative();
const positive = z.number().positive();
const mape = z.number().nonnegative();

/** Errors of steps, MAPE in %: of the bare kernels, and with the terms on both halves. */
const errors = z.strictObject({
  kernels: mape,
  fitted: mape,
  held_out: z.strictObject({ mape, points: z.number().int().positive() }).nullable(),
});

const schema = z.strictObject({
  name: z.string().min(1),
  model: z.string().min(1),
  gpu: z.string().min(1),
  /** Logs whose first half the terms were fitted on. */
  created_from: z.strictObject({
    files: z
      .array(
        z.strictObject({
          file: z.string().min(1),
          sha256: z.string().regex(/^[0-9a-f]{64}$/, 'sha256 in hex'),
          steps: z.number().int().positive(),
        }),
      )
      .min(1),
    /** What the first half is half of. */
    half: z.enum(['steps', 'prompts']),
  }),
  /** Batches of the CUDA graphs; empty where rounds run as they are. */
  graph_batches: z
    .array(z.number().int().positive())
    .refine((sizes) => sizes.every((size, i) => i === 0 || size > (sizes[i - 1] as number)), {
      message: 'ascending',
    }),
  decode: z.strictObject({ fixedMs: ms }),
  decode_attention: z.strictObject({ startUs: ms, kvShare: positive, blockUs: ms }),
  prefill: z.strictObject({
    launchMsPerLayer: ms,
    launchMsPerExtraPrompt: ms,
    fixedMs: ms,
    perSequenceMs: ms,
  }),
  errors: z.strictObject({ decode: errors, prefill: errors }),
});

export type EngineFile = z.infer<typeof schema>;

/**
 * A fit as a file.
 * @param graphBatches in the place of those that the logs show
 */
export function engineFileOf(
  { model, gpu, logs, half, decodeAttention, decodeFixedMs, prefill, phases, ...fit }: EngineFit,
  { name, graphBatches = fit.graphBatches }: { name: string; graphBatches?: readonly number[] },
): EngineFile {
  return schema.parse({
    name,
    model,
    gpu,
    created_from: { files: logs, half },
    graph_batches: graphBatches,
    decode: { fixedMs: decodeFixedMs },
    decode_attention: decodeAttention,
    prefill,
    errors: phases,
  });
}

/** @throws InputError that names the file and the wrong member */
export function readEngineFile(path: string): EngineFile {
  const given = readJsonFile(path);
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw schemaError(schema, parsed.error, given, 'engine').within(path);
  const { gpu, model, ...rest } = parsed.data;
  return { ...rest, gpu: gpuNamed(gpu).name, model: modelNamed(model).name };
}

/** The profile that prices steps as that engine runs them. */
export function profileOfEngine(file: EngineFile): EngineProfile {
  const { name, gpu, graph_batches: graphBatches, prefill, created_from } = file;
  const logs = created_from.files.map((one) => one.file).join(', ');
  const source = `calibrated on the first half (${created_from.half}) of ${logs}`;
  const constant = (value: number, unit: string): Constant => ({ value, unit, source });
  const { startUs, kvShare, blockUs } = file.decode_attention;
  const phase = ({ kernels, fitted, held_out }: z.infer<typeof errors>): PhaseFit => ({
    source,
    kernelsMape: kernels,
    fittedMape: fitted,
    heldOut: held_out,
  });
  return {
    name,
    aliases: [],
    title: `fitted on ${logs}`,
    era: 'research',
    gpu,
    decode: { launchMsPerLayer: 0, skewUs: 0, perSequenceMs: 0, ...file.decode },
    prefill: { skewUs: 0, ...prefill },
    fits: { decode: phase(file.errors.decode), prefill: phase(file.errors.prefill) },
    ...(graphBatches.length > 0 && { graphBatches }),
    kernels: {
      decodeAttention: {
        startUs: constant(startUs, 'us'),
        kvShare: constant(kvShare, 'share of peak'),
        queryShare: constant(1, 'share of peak'),
        blockUs: constant(blockUs, 'us'),
        groupedBlockShare: constant(1, 'share of peak'),
      },
    },
    calibratedOn: created_from.files,
  };
}
