import { describe, expect, it } from 'vitest';
import { constantsOf } from '../cost/spec-constants.ts';
import { clockConstants } from './clock-constants.ts';
import { parseScenario } from './scenario.ts';

const dense = { model: 'llama-3.1-8b' };
const mixture = { model: 'mixtral-8x7b', tp: 4 };

function pathsOf(scenario: object): string[] {
  return clockConstants(parseScenario(scenario)).map(({ path }) => path);
}

describe('clockConstants', () => {
  it('are those of the clock of a group', () => {
    const scenario = parseScenario({ groups: [mixture], profile: 'vllm-2023' });
    expect(clockConstants(scenario)).toEqual(
      constantsOf({
        kind: 'analytic',
        ...mixture,
        gpu: 'a100-80gb',
        profile: 'python-eager-ray-2023',
      }),
    );
  });

  it('are united over groups, each once', () => {
    const both = pathsOf({ groups: [dense, mixture] });
    expect(new Set(both).size).toBe(both.length);
    const apart = [...pathsOf({ groups: [dense] }), ...pathsOf({ groups: [mixture] })];
    expect(new Set(both)).toEqual(new Set(apart));
    expect(pathsOf({ groups: [dense] })).not.toContain('experts.flopsShare');
  });

  it('follow the parameters of the clock', () => {
    const nccl = pathsOf({ groups: [mixture], clock: { kind: 'analytic', allReduce: 'nccl' } });
    expect(nccl).toContain('allReduceNccl.share');
    expect(nccl).not.toContain('allReduce.largeShare');
  });

  it.each(['affine', 'roofline-max'])('are none where the scenario gives %s', (kind) => {
    expect(pathsOf({ groups: [dense], clock: { kind } })).toEqual([]);
  });
});
