import type { SearchOptions, SearchOutcome } from '../../experiment/search/run-search.ts';
import type { SearchResult, SearchStep } from '../../experiment/search/search-result.ts';
import { isFull } from '../../experiment/search/study.ts';
import { formatCount, formatShare } from '../../units/format.ts';
import { bold, print, printTable, progress, sparkline, type TableColumn } from '../terminal.ts';

const bestShown = 10;
const reasonsShown = 5;
const barsShown = 60;

/** A progress line for the search, then one for the whole space. */
export function searchProgress() {
  let line: { doing: string; bar: ReturnType<typeof progress> } | undefined;
  const tick: NonNullable<SearchOptions['onProgress']> = (doing, done, of, best) => {
    if (line?.doing !== doing) line = { doing, bar: progress(doing, of) };
    const value = best?.outcome.state === 'feasible' ? `best ${shown(best.outcome.value)}` : '';
    line.bar.tick(Number(done.toFixed(1)), value);
  };
  return { tick, end: () => line?.bar.end() };
}

/** What a search tried and found, for people. */
export function printSearch(
  result: SearchResult,
  outcome: SearchOutcome,
  { out, study }: { out: string; study?: string },
): void {
  printEffort(result, outcome);
  printReasons(result.history);
  printCurve(result.history);
  print();
  printBest(result, outcome);
  if (result.exhaustive !== null) printComparison(result, result.exhaustive);
  print();
  if (study !== undefined) print(`trials: ${study}`);
  const runs = out === 'runs' ? '' : ` --runs ${out}`;
  const run = result.best?.run;
  if (run) print(`Next: reprise sql "FROM summary WHERE run = '${run}'"${runs}`);
}

function printEffort(result: SearchResult, { fidelities }: SearchOutcome): void {
  const { evaluated, space, history } = result;
  const of = space.admitted ?? space.points;
  print(`${bold(result.objective)}  ${result.method}, seed ${result.seed}`);
  print(
    `${evaluated} of ${formatCount(of)} points tried (${formatShare(evaluated / of)}), ` +
      `${shown(result.spent)} of ${result.budget} full runs spent`,
  );
  if (fidelities.length === 1) return;
  const rungs = fidelities.map(({ requests }) => {
    const trials = history.filter((step) => step.requests === requests).length;
    return `${trials} on ${requests ?? 'all'} requests`;
  });
  print(`rungs: ${rungs.join(', ')}`);
}

function printReasons(history: readonly SearchStep[]): void {
  const reasons = new Map<string, number>();
  for (const { reason } of history) {
    if (reason !== null) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const sorted = [...reasons].sort((a, b) => b[1] - a[1]);
  for (const [reason, count] of sorted.slice(0, reasonsShown)) print(`  ${count} x ${reason}`);
  const more = sorted.length - reasonsShown;
  if (more > 0) print(`  and ${more} other reasons`);
}

/** The best full run so far, from trial to trial. */
function printCurve(history: readonly SearchStep[]): void {
  const curve = history.map(({ best }) => best).filter((value) => value !== null);
  const [first] = curve;
  const last = curve.at(-1);
  if (first === undefined || last === undefined || curve.length < 2) return;
  const lowest = Math.min(...curve);
  const step = Math.ceil(curve.length / barsShown);
  const bars = curve.filter((_, i) => (curve.length - 1 - i) % step === 0);
  const line = sparkline(bars.map((value) => value - lowest));
  print(`best so far  ${line}  ${shown(first)} to ${shown(last)}`);
}

function printBest({ history }: SearchResult, { study }: SearchOutcome): void {
  const steps = study
    .ranked(study.trials)
    .filter((trial) => isFull(trial) && trial.outcome.state === 'feasible')
    .slice(0, bestShown)
    .map(({ number }) => history[number] as SearchStep);
  const [first] = steps;
  if (first === undefined) {
    print('No point meets the constraints. Loosen them, or give a larger budget.');
    return;
  }
  const names = Object.entries(first.parameters).map(
    ([title, value]): TableColumn => ({
      title,
      align: typeof value === 'number' ? 'right' : 'left',
    }),
  );
  const before: TableColumn = { title: 'objective', align: 'right' };
  printTable(
    [before, ...names, { title: 'trial', align: 'right' }, { title: 'run' }],
    steps.map(({ value, parameters, trial, runs }) => [
      shown(value as number),
      ...Object.values(parameters).map(String),
      String(trial),
      runs[0] ?? '',
    ]),
    { bold: (row) => row === 0 },
  );
}

function printComparison(
  { best: found }: SearchResult,
  { points, feasible, best, regret, rank }: NonNullable<SearchResult['exhaustive']>,
): void {
  print();
  print(`whole space: ${points} points, ${feasible} feasible`);
  if (best === null) return;
  const at = Object.entries(best.parameters).map(([name, value]) => `${name} ${value}`);
  print(`  best of all ${shown(best.value)}: ${at.join(', ')}`);
  if (found === null || regret === null) return;
  print(
    `  found       ${shown(found.value)}: rank ${rank} of ${feasible}, regret ${shown(regret)}`,
  );
}

/** Whole numbers as they are, others with four significant digits or more. */
function shown(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(4);
}
