import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../trace/locate.ts';
import { loadExperiments } from '../load-experiments.ts';
import { walkSetFrom } from './set-from.ts';

describe('the claims of all experiments', () => {
  it('are not predicted from what was set from them', async () => {
    const loaded = await loadExperiments([join(packageRoot(), 'experiments')]);
    expect(loaded.flatMap(({ experiment }) => experiment.claims ?? [])).not.toEqual([]);
    expect(walkSetFrom(loaded)).toEqual([]);
  });
});
