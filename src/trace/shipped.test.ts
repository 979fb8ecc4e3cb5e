import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../units/canonical.ts';
import { cardsText } from './card.ts';
import { checkTrace } from './check.ts';
import { encodeRequestTrace } from './encode.ts';
import { catalogueEntry } from './fetch.ts';
import { generateTrace } from './generators/registry.ts';
import { shippedFolder } from './locate.ts';
import { cardInputs, findOriginal, listTraces } from './shipped.ts';

describe('shipped traces', () => {
  it('are sound, and named as their files', async () => {
    const inputs = await cardInputs();
    expect(inputs.map((input) => input.name)).toContain('gsm8k');
    for (const { trace, name } of inputs) {
      expect([name, ...checkTrace(trace)]).toEqual([name]);
      expect([name, trace.meta.name]).toEqual([name, name]);
    }
  });

  it('hold the GSM8K prompts as measured, and outputs marked as generated', async () => {
    const gsm8k = (await cardInputs()).find((input) => input.name === 'gsm8k');
    const sum = (values: ArrayLike<number> = []) => Array.from(values).reduce((a, b) => a + b, 0);
    expect(gsm8k?.trace.count).toBe(1319);
    expect(sum(gsm8k?.trace.inputTokens)).toBe(90_258);
    expect(sum(gsm8k?.trace.outputTokens)).toBe(454_827);
    expect(gsm8k?.trace.meta.columnKinds).toMatchObject({
      output_tokens: 'generated',
      output_tokens_noise_free: 'generated',
    });
    const noiseFree = gsm8k?.trace.extra.output_tokens_noise_free;
    expect(noiseFree?.kind === 'int32' ? sum(noiseFree.values) : null).toBe(454_840);
  });

  it('have the cards that traces/README.md shows', async () => {
    const readme = readFileSync(join(shippedFolder(), 'README.md'), 'utf8');
    expect(readme, 'run: npx reprise traces cards').toBe(cardsText(await cardInputs()));
  });

  it('are listed once each, the catalogue after them', async () => {
    const listed = await listTraces();
    const names = listed.map((trace) => trace.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['gsm8k', 'conversation']));
  });
});

const original = findOriginal(catalogueEntry('gsm8k-test'));
describe.skipIf(!original)('traces/gsm8k.arrow (needs the GSM8K text in a trace mirror)', () => {
  it('comes out byte for byte from a fresh import', async () => {
    const shipped = readFileSync(join(shippedFolder(), 'gsm8k.arrow'));
    const fresh = encodeRequestTrace(await generateTrace('gsm8k'));
    expect(sha256(fresh)).toBe(sha256(shipped));
  });
});
