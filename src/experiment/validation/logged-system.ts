import { defaultProfile, engineProfiles, profileNamed } from '../../cost/profiles.ts';
import { gpuNamed, gpus } from '../../hardware/gpus.ts';
import { modelNamed } from '../../model/models.ts';
import { InputError } from '../../units/input-error.ts';
import { unknownName } from '../../units/nearest.ts';

/** What served a log, and what prices its replay. */
export interface LoggedSystem {
  readonly model: string;
  readonly gpu: string;
  readonly tp: number;
  /** Engine profile. */
  readonly profile: string;
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

function found<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
