import { escapeHtml } from '../page/html.ts';
import { ofRuns, type Run } from '../runs.ts';
import { fetchRows, numberOf, textOf } from '../session.ts';
import { counted, type Section } from './section.ts';
import type { Study } from './study.ts';

/** A remark on runs of one trace, with how often it holds in each. */
interface Remark {
  readonly trace: string;
  readonly text: string;
  readonly counts: Map<Run, number>;
}

/**
 * What the figures leave out or rest on: requests that did not finish, impossible arrivals.
 * @param leftOut older runs of scenarios that were replayed again
 */
export async function qualitySection(
  { session, groups }: Study,
  leftOut: number,
): Promise<Section> {
  const runs = groups.flatMap((group) => group.runs);
  const remarks = new Map<string, Remark>();
  const remark = (run: Run, text: string, count: number) => {
    const key = `${run.trace}\n${text}`;
    const one = remarks.get(key) ?? { trace: run.trace, text, counts: new Map() };
    one.counts.set(run, count);
    remarks.set(key, one);
  };
  const reasons = await fetchRows(
    session,
    `SELECT run, status, coalesce(reason, 'no reason given') AS reason, count(*) AS requests
FROM requests WHERE status <> 'finished' AND ${ofRuns(runs)}
GROUP BY ALL ORDER BY run, status, reason`,
  );
  const byId = new Map(runs.map((run) => [run.run, run]));
  for (const row of reasons) {
    const run = byId.get(textOf(row, 'run')) as Run;
    const what = `requests ${textOf(row, 'status')}: ${textOf(row, 'reason')}`;
    remark(run, what, numberOf(row, 'requests') ?? 0);
  }
  for (const run of runs) {
    const ended = run.finished + run.rejected + run.cancelled + run.unfinished;
    if (ended !== run.requests)
      remark(run, 'requests whose end is not known', run.requests - ended);
    if (run.causalityViolations > 0) {
      const what =
        'turns of a conversation that arrive before the turn before has ended (open arrivals): no client sends them, and their prefix cannot be cached';
      remark(run, what, run.causalityViolations);
    }
  }
  const older =
    leftOut > 0
      ? `<p>${counted(leftOut, 'older run')} of the same scenarios, by other versions of the engine, are left out.</p>`
      : '';
  const html =
    remarks.size === 0
      ? '<p>Every request of every run finished, and no turn arrived before the turn it continues had ended.</p>'
      : `<p>Latencies are over finished requests; attainment counts all others as misses.</p><ul>${[...remarks.values()].map((one) => item(one, runs)).join('')}</ul>`;
  return { id: 'data-quality', title: 'Data quality', blocks: [{ html: html + older }] };
}

function item({ trace, text, counts }: Remark, runs: readonly Run[]): string {
  const of = runs.filter((run) => run.trace === trace).length;
  const low = Math.min(...counts.values());
  const high = Math.max(...counts.values());
  const numbers = [...new Set([low, high])].map((n) => n.toLocaleString('en')).join(' to ');
  const where = `in ${counts.size} of ${counted(of, 'run')}`;
  return `<li>${escapeHtml(`${trace}: ${numbers} ${text} (${where})`)}.</li>`;
}
