import { InputError } from '../../units/input-error.ts';
import { type LineBlock, maxLineBytes, type TextFile } from './lines.ts';

/** One record and the line it starts at. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** The columns of a CSV file by name. */
export class CsvHeader {
  readonly names: readonly string[];
  readonly #where: string;

  constructor(names: readonly string[], where: string) {
    this.names = names;
    this.#where = where;
    for (const [i, name] of names.entries()) {
      if (names.indexOf(name) === i) continue;
      const rule = 'a header names each column once';
      throw new InputError(`column ${JSON.stringify(name)} twice`, { where: this.#place(), rule });
    }
  }

  /** Index of a column, or −1. */
  find(name: string): number {
    return this.names.indexOf(name);
  }

  /** @throws InputError where the column is missing */
  index(name: string): number {
    const index = this.find(name);
    if (index >= 0) return index;
    const shown = this.names.slice(0, 20).map((found) => JSON.stringify(found.slice(0, 40)));
    throw new InputError(`missing column ${JSON.stringify(name)}`, {
      where: this.#place(),
      rule: `the header has ${shown.join(', ')}`,
    });
  }

  /** @throws InputError where a column is missing, or is neither required nor optional */
  requireColumns(required: readonly string[], optional: readonly string[] = []): void {
    for (const name of required) this.index(name);
    for (const name of this.names) {
      if (required.includes(name) || optional.includes(name)) continue;
      throw new InputError(`unexpected column ${JSON.stringify(name.slice(0, 60))}`, {
        where: this.#place(),
        rule: `columns of this format: ${[...required, ...optional].join(', ')}`,
      });
    }
  }

  #place(): string {
    return `${this.#where}, line 1`;
  }
}

/**
 * A CSV file as RFC 4180 has it: a header, comma-separated records with as many fields as the
 * header, fields optionally in double quotes (a quote inside is doubled, a line end stays, as LF).
 */
export class CsvFile {
  readonly #file: TextFile;
  #header: CsvHeader | null = null;

  constructor(file: TextFile) {
    this.#file = file;
  }

  /** Known as soon as the first block of records arrives. */
  get header(): CsvHeader {
    if (this.#header === null) throw new InputError('empty file', { where: this.#file.path });
    return this.#header;
  }

  async *blocks(): AsyncGenerator<readonly CsvRecord[]> {
    const open = { text: '', line: 0 };
    for await (const block of this.#file.blocks()) {
      const records = this.#records(block, open);
      if (this.#header === null && records.length > 0) {
        const names = (records.shift() as CsvRecord).fields.map((name) => name.trim());
        this.#header = new CsvHeader(names, this.#file.path);
      }
      for (const record of records) this.#requireWidth(record);
      yield records;
    }
    if (open.line > 0) throw this.#error('quoted field without an end', open.line);
    if (this.#header === null) throw new InputError('empty file', { where: this.#file.path });
  }

  /** Records of a block; a quoted field that runs on past its end stays in `open`. */
  #records(block: LineBlock, open: { text: string; line: number }): CsvRecord[] {
    const records: CsvRecord[] = [];
    for (const [i, line] of block.lines.entries()) {
      if (open.line === 0 && !line.includes('"')) {
        records.push({ line: block.first + i, fields: line.split(',') });
        continue;
      }
      if (open.line === 0) open.line = block.first + i;
      open.text = open.text === '' ? line : `${open.text}\n${line}`;
      const fields = this.#quoted(open.text, open.line);
      if (fields) {
        records.push({ line: open.line, fields });
        open.text = '';
        open.line = 0;
      } else if (open.text.length > maxLineBytes) {
        throw this.#error('quoted field too long', open.line);
      }
    }
    return records;
  }

  /** Fields of a record with quotes; null while a quoted field is still open. */
  #quoted(text: string, line: number): string[] | null {
    const fields: string[] = [];
    let at = 0;
    for (;;) {
      let field: string;
      if (text[at] === '"') {
        let end = at + 1;
        for (;;) {
          end = text.indexOf('"', end);
          if (end < 0) return null;
          if (text[end + 1] !== '"') break;
          end += 2;
        }
        field = text.slice(at + 1, end).replaceAll('""', '"');
        at = end + 1;
        if (at < text.length && text[at] !== ',') throw this.#error('text after a quote', line);
      } else {
        const comma = text.indexOf(',', at);
        const end = comma < 0 ? text.length : comma;
        field = text.slice(at, end);
        if (field.includes('"')) throw this.#error('quote inside a plain field', line);
        at = end;
      }
      fields.push(field);
      if (at >= text.length) return fields;
      at++;
    }
  }

  #requireWidth({ fields, line }: CsvRecord): void {
    const width = this.header.names.length;
    if (fields.length === width) return;
    const what = fields.length === 1 && fields[0] === '' ? 'blank line' : `${fields.length} fields`;
    throw this.#error(what, line, `${width} fields, as in the header`);
  }

  #error(what: string, line: number, rule = 'quotes as in RFC 4180'): InputError {
    return new InputError(what, { where: `${this.#file.path}, line ${line}`, rule });
  }
}
