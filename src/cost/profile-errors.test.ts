import { describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import { admissibleProfiles, heldOutMape } from './profile-errors.ts';
import { profileNamed } from './profiles.ts';

describe('heldOutMape', () => {
  it.each([
    ['cpp-eager-nccl', 4.9, 'the larger of both phases'],
    ['python-eager-ray-2023', 21.7, 'that of prefill, held out beyond 2,048 tokens'],
    ['vllm-early-2024', 26.6, 'what terms leave in a phase that they were not fitted on'],
    ['modern-cuda-graphs', 7.7, 'that of the bare kernels, where no point was held out'],
    ['kernels-only', 7.7, 'that of the kernels, which no step was fitted to'],
  ])('of %s is %d %%: %s', (name, mape) => {
    expect(heldOutMape(profileNamed(name))).toBe(mape);
  });
});

describe('admissibleProfiles', () => {
  it('are those of the era, the given one first', () => {
    expect(admissibleProfiles('default')).toEqual(['modern-cuda-graphs', 'kernels-only']);
    const eager = admissibleProfiles('vllm-early-2024');
    expect(eager[0]).toBe('vllm-early-2024');
    expect(new Set(eager)).toEqual(
      new Set(['cpp-eager-nccl', 'python-eager-ray-2023', 'vllm-early-2024']),
    );
  });

  it('refuse an engine that there is not', () => {
    expect(() => admissibleProfiles('vllm-2019')).toThrow(InputError);
  });
});
