import {
  defaultProfile,
  type EngineProfile,
  engineProfiles,
  profileNamed,
} from '../../cost/profiles.ts';
import { gpuNamed, gpus } from '../../hardware/gpus.ts';
import { modelNamed } from '../../model/models.ts';
import { InputError } from '../../units/input-error.ts';
import { unknownName } from '../../units/nearest.ts';
import { profileOfEngine, readEngineFile } from './engine-file.ts';

/** What served a log, and what prices its replay. */
export interface LoggedSystem {
  readonly model: string;
  readonly gpu: string;
  readonly tp: number;
  /** Engine profile. */
  readonly profile: string;
  /** That of a file, in the place of the one of that name. */
  readonly engine?: EngineProfile;
}

/** GPU of the logs, where nothing names another. */
const usualGpu = 'h200';

/**
 * The system of a log by names. `profile` is an engine profile, or a GPU: then the engine that was
 * measured on it, or the default engine where none was.
 * @throws InputError for an unknown name, or a GPU that contradicts the profile
 */
export function systemOf(named: {
  profile: string;
  model: string;
  gpu?: string | undefined;
  tp: number;
}): LoggedSystem {
  const ofProfile = found(() => gpuNamed(named.profile));
  const engine = ofProfile
    ? (engineProfiles.find(({ gpu }) => gpu === ofProfile.name) ?? profileNamed(defaultProfile))
    : found(() => profileNamed(named.profile));
  if (engine === undefined) {
    const names = [...engineProfiles, ...gpus].map(({ name }) => name);
    throw unknownName('profile', named.profile, names);
  }
  const gpu = gpuNamed(named.gpu ?? ofProfile?.name ?? engine.gpu ?? usualGpu).name;
  if (ofProfile !== undefined && gpu !== ofProfile.name) {
    const rule = `--profile ${named.profile} is another GPU`;
    throw new InputError(`GPU ${gpu}`, { where: '--gpu', rule });
  }
  return { model: modelNamed(named.model).name, gpu, tp: named.tp, profile: engine.name };
}

/**
 * The system that an engine file describes; `model` and `gpu` as named, else as the file has them.
 * @throws InputError for an unreadable file, an unknown name, or a GPU that contradicts the file
 */
export function systemOfFile(
  path: string,
  named: { model?: string | undefined; gpu?: string | undefined; tp: number },
): LoggedSystem {
  const file = readEngineFile(path);
  const engine = profileOfEngine(file);
  const gpu = gpuNamed(named.gpu ?? file.gpu).name;
  if (gpu !== file.gpu) {
    throw new InputError(`GPU ${gpu}`, { where: '--gpu', rule: `--engine ${path} is another GPU` });
  }
  const model = modelNamed(named.model ?? file.model).name;
  return { model, gpu, tp: named.tp, profile: engine.name, engine };
}

function found<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
