/** SQL text cut at the semicolons between statements. */
export interface SqlStatements {
  /** Whole statements, without their semicolons; empty ones are left out. */
  readonly statements: readonly string[];
  /** What follows the last semicolon. */
  readonly rest: string;
}

/** Text in which a semicolon means nothing: quotes, dollar quotes, comments. */
const opaque =
  /'(?:[^']|'')*'?|"(?:[^"]|"")*"?|(\$\w*\$)[\s\S]*?(?:\1|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;

export function splitStatements(text: string): SqlStatements {
  const statements: string[] = [];
  let start = 0;
  let at = 0;
  while (at < text.length) {
    opaque.lastIndex = at;
    if (opaque.test(text)) {
      at = opaque.lastIndex;
    } else if (text[at++] === ';') {
      statements.push(text.slice(start, at - 1));
      start = at;
    }
  }
  return { statements: statements.filter(says), rest: text.slice(start) };
}

/** False for blanks and comments. */
export function says(text: string): boolean {
  return text.replace(/--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, '').trim() !== '';
}
