import { tableSchemas } from '../../results/schema.ts';
import { openResults, type ResultsSession } from '../../results/views.ts';
import { quoteName, quoteText } from '../../tables/duckdb.ts';
import { InputError } from '../../units/input-error.ts';
import { unknownName } from '../../units/nearest.ts';
import type { AbsoluteSlo, LabelValue } from '../define.ts';
import type { Objective } from './objective.ts';
import type { Parameter } from './parameter.ts';
import type { Point, Space } from './space.ts';

/** Columns that an SLO adds to the row of a run. */
const sloColumns = ['arrivals', 'met', 'attainment', 'goodput_per_s', 'goodput_per_gpu_s'];
const pointsAtOnce = 1000;

/** What is asked of each run. */
export interface Question {
  readonly objective: Objective;
  /** SQL comparisons that have to hold. */
  readonly constraints: readonly string[];
  readonly slo: AbsoluteSlo | null;
  /** Name of the file with the constraints, for errors. */
  readonly source?: string | undefined;
}

/** The objective of a run, null where it has none, and the constraints that it breaks. */
export interface Measured {
  readonly value: number | null;
  readonly broken: readonly string[];
}

/**
 * Objective and constraints in SQL, over one row per run: the parameters of its point, the columns
 * of `runs` (a parameter hides a column of its name) and, with an SLO, those of `attainment`.
 */
export class Measure {
  readonly #question: Question;
  readonly #space: Space;
  readonly #planning: ResultsSession;
  /** Constraints that the parameters alone decide: no run is spent on a point that breaks them. */
  #ofParameters: readonly string[] = [];

  private constructor(question: Question, space: Space, planning: ResultsSession) {
    this.#question = question;
    this.#space = space;
    this.#planning = planning;
  }

  /**
   * Checks the question against columns and types before anything runs.
   * @throws InputError naming the option or the constraint
   */
  static async open(question: Question, space: Space, runsDir: string): Promise<Measure> {
    const planning = await openResults(runsDir, { only: [] });
    const measure = new Measure(question, space, planning);
    try {
      await measure.#check();
      return measure;
    } catch (error) {
      planning.close();
      throw error;
    }
  }

  close(): void {
    this.#planning.close();
  }

  /** For each point, whether it meets the constraints on parameters. */
  async admits(points: readonly Point[]): Promise<boolean[]> {
    if (this.#ofParameters.length === 0) return points.map(() => true);
    const admitted: boolean[] = [];
    const all = this.#ofParameters.map((one) => `(${one}\n)`).join(' AND ');
    for (let from = 0; from < points.length; from += pointsAtOnce) {
      const some = points.slice(from, from + pointsAtOnce);
      const rows = some.map((point) => ({ point }));
      const found = await this.#planning.objects(
        `SELECT "#" FROM ${this.#values(rows)} WHERE ${all}`,
      );
      const kept = new Set(found.map((row) => row['#']));
      admitted.push(...some.map((_, i) => kept.has(i)));
    }
    return admitted;
  }

  /** The answers of runs, in order; each has to be in the folder. */
  async measure(
    runsDir: string,
    runs: readonly { readonly run: string; readonly point: Point }[],
  ): Promise<Measured[]> {
    if (runs.length === 0) return [];
    const { objective, constraints } = this.#question;
    const session = await openResults(runsDir, { only: [...new Set(runs.map(({ run }) => run))] });
    try {
      const broken = constraints.map((one, i) => `coalesce((${one}\n), false) AS c${i}`);
      const answers = ['"#"', `(${objective.expression}\n)::DOUBLE AS objective`, ...broken].join(
        ', ',
      );
      const sql = `SELECT ${answers} FROM (${this.#row(this.#values(runs))})`;
      const found = new Map((await session.objects(sql)).map((row) => [row['#'], row]));
      return runs.map(({ run }, i) => {
        const row = found.get(i);
        if (row === undefined) {
          throw new Error(`no run ${run} in ${runsDir} after its replay: did the sources change?`);
        }
        const value = row.objective;
        return {
          value: typeof value === 'number' && Number.isFinite(value) ? value : null,
          broken: constraints.filter((_, c) => row[`c${c}`] !== true),
        };
      });
    } finally {
      session.close();
    }
  }

  async #check(): Promise<void> {
    const { objective, constraints, source } = this.#question;
    const none = this.#values([]);
    const row = this.#row(none);
    const type = await this.#typeOf(objective.expression, row, '--objective');
    if (!/^(DOUBLE|FLOAT|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*)$/.test(type)) {
      throw new InputError(`an objective of type ${type}`, {
        where: '--objective',
        rule: 'a number',
      });
    }
    const ofParameters: string[] = [];
    for (const [i, one] of constraints.entries()) {
      const where = [source, `constraints.${i}`, JSON.stringify(one)].filter(Boolean).join(', ');
      if ((await this.#typeOf(one, row, where)) !== 'BOOLEAN') {
        const rule = 'a comparison, such as ttft_p99_ms <= 2000';
        throw new InputError('not a constraint', { where, rule });
      }
      const alone = await this.#planning.query(`SELECT (${one}\n) FROM ${none}`).then(
        () => true,
        () => false,
      );
      if (alone) ofParameters.push(one);
    }
    this.#ofParameters = ofParameters;
  }

  async #typeOf(expression: string, row: string, where: string): Promise<string> {
    try {
      const before = 'SELECT (';
      const sql = `${before}${expression}\n) AS x FROM (${row})`;
      const { columns } = await this.#planning.query(sql, { before });
      return columns[0]?.type ?? '';
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const [, name] = /^Referenced column "(.+?)" not found/.exec(error.what) ?? [];
      if (name === undefined) throw error.within(where);
      if (sloColumns.includes(name)) {
        const rule = '--slo, such as --slo ttft=500,tpot=50';
        throw new InputError(`${name} needs an SLO`, { where, rule });
      }
      throw unknownName('column', name, this.#columns()).within(where);
    }
  }

  #columns(): string[] {
    const names = this.#space.parameters.map(({ name }) => name);
    const further = this.#question.slo === null ? [] : sloColumns;
    return [...new Set([...names, ...Object.keys(tableSchemas.runs.columns), ...further])];
  }

  #row(points: string): string {
    const hidden = new Set(this.#space.parameters.map(({ name }) => name.toLowerCase()));
    const shown = (names: readonly string[]) =>
      names.filter((name) => name !== 'run' && !hidden.has(name)).map(quoteName);
    const columns = shown(Object.keys(tableSchemas.runs.columns)).map((name) => `runs.${name}`);
    const { slo } = this.#question;
    if (slo === null) {
      return `SELECT ${['points.*', ...columns].join(', ')} FROM ${points} JOIN runs USING (run)`;
    }
    const limits = { ttft: slo.ttftMs, tpot: slo.tpotMs, e2e: slo.e2eMs, gap: slo.gapMs };
    const given = Object.entries(limits)
      .filter(([, ms]) => ms !== undefined)
      .map(([name, ms]) => `${name}_slo_ms := ${ms}`);
    const met = shown(sloColumns).map((name) => `met.${name}`);
    return `SELECT ${['points.*', ...columns, ...met].join(', ')} FROM ${points}
      JOIN runs USING (run) JOIN attainment(${given.join(', ')}) AS met USING (run)`;
  }

  /** Points as a table of SQL: `#` (from 0), `run` and one column per parameter. */
  #values(rows: readonly { run?: string; point: Point }[]): string {
    const { parameters } = this.#space;
    const names = ['"#"', 'run', ...parameters.map(({ name }) => quoteName(name))].join(', ');
    const types = ['INTEGER', 'VARCHAR', ...parameters.map(typeOf)];
    const lists = rows.map(({ run = '', point }, i) => {
      const values = [i, run, ...this.#space.valuesOf(point)];
      return `(${values.map((value, c) => `${literal(value)}::${types[c]}`).join(', ')})`;
    });
    if (rows.length > 0) return `(VALUES ${lists.join(', ')}) AS points(${names})`;
    const nulls = types.map((type) => `NULL::${type}`).join(', ');
    return `(FROM (VALUES (${nulls})) AS none(${names}) WHERE false) AS points`;
  }
}

function typeOf({ values }: Parameter): 'DOUBLE' | 'BOOLEAN' | 'VARCHAR' {
  if (values.every((value) => typeof value === 'number')) return 'DOUBLE';
  return values.every((value) => typeof value === 'boolean') ? 'BOOLEAN' : 'VARCHAR';
}

function literal(value: LabelValue): string {
  return typeof value === 'string' ? quoteText(value) : String(value);
}
