import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { says, splitStatements } from './sql-text.ts';

describe('splitStatements', () => {
  it('cuts at semicolons and keeps what follows the last one', () => {
    expect(splitStatements('select 1; ;select 2 ;\nselect')).toEqual({
      statements: ['select 1', 'select 2 '],
      rest: '\nselect',
    });
  });

  it.each([
    ["select ';''; '"],
    ['select 1 as "a;""b;"'],
    ['select 1 -- one; two\n'],
    ['select /* a;\n b; */ 1'],
    ['select $$a;b$$'],
    ['select $tag$ ; $$ ; $tag$'],
  ])('passes over the semicolons of %s', (sql) => {
    expect(splitStatements(`${sql};select 2`)).toEqual({ statements: [sql], rest: 'select 2' });
  });

  it.each([["select 'open ;"], ['select "open ;'], ['select /* open ;'], ['select $$ open ;']])(
    'waits for the end of %s',
    (sql) => {
      expect(splitStatements(sql)).toEqual({ statements: [], rest: sql });
    },
  );

  it('loses no text', () => {
    const piece = fc.constantFrom("'", '"', ';', '$$', '--', '/*', '*/', '\n', ' ', 'a', '$t$');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        const { statements, rest } = splitStatements(text);
        expect(text.endsWith(rest)).toBe(true);
        let at = 0;
        for (const statement of statements) {
          at = text.indexOf(`${statement};`, at);
          expect(at).toBeGreaterThanOrEqual(0);
          at += statement.length + 1;
        }
        expect(at).toBeLessThanOrEqual(text.length - rest.length);
      }),
    );
  });
});

describe('says', () => {
  it('is false for blanks and comments only', () => {
    expect([' \n', '-- a', '/* b */ -- c\n', '/* open'].map(says)).toEqual(Array(4).fill(false));
    expect(says('-- a\nselect')).toBe(true);
  });
});
