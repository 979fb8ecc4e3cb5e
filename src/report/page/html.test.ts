import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvOf, dataUri, escapeCode, escapeJson, typeset } from './html.ts';

describe('html', () => {
  it('keeps any text in a data URI, without a character that HTML would read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const uri = dataUri('text/csv', text);
        expect(uri).not.toMatch(/["'<>#\s]/);
        expect(decodeURIComponent(uri.slice(uri.indexOf(',') + 1))).toBe(text);
      }),
    );
  });

  it('writes JSON that no script element ends in', () => {
    const json = escapeJson(JSON.stringify({ a: '</script><!-- <script>' }));
    expect(json).not.toContain('<');
    expect(JSON.parse(json)).toEqual({ a: '</script><!-- <script>' });
  });

  it('leaves the meaning of code as it is', () => {
    const code = escapeCode('globalThis.kept = "</script>" + "<!--"; 1 < 2');
    expect(code).not.toMatch(/<\/script|<!--/);
    // biome-ignore lint/security/noGlobalEval: the test's own text
    expect(eval(`${code}; globalThis.kept`)).toBe('</script><!--');
  });

  it('quotes CSV cells that need it and rounds numbers to seven digits', () => {
    const rows = [{ name: 'a, "b"', value: 1 / 3, none: null }];
    expect(csvOf(rows)).toBe('name,value,none\n"a, ""b""",0.3333333,\n');
    expect(csvOf([])).toBe('\n');
  });

  it('keeps a number and its unit together', () => {
    expect(typeset('from 74.0 ms to 27 %, 3 runs')).toBe('from 74.0\u00a0ms to 27\u00a0%, 3 runs');
  });
});
