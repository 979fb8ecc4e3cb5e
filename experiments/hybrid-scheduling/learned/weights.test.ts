import { describe, expect, it } from 'vitest';
import { trained } from './train.ts';
import { weights } from './weights.ts';

describe('the weights of the learned rule', () => {
  it.each([5, 20])('are those that training gives, at %s ms a stage', async (p0) => {
    expect(await trained('gsm8k', p0)).toEqual(weights.gsm8k[p0]);
  });
});
