import { basename, join } from 'node:path';
import { openResults, type ResultsSession } from '../../results/views.ts';
import { quoteText } from '../../tables/duckdb.ts';
import { decodeRequestTrace } from '../../trace/decode.ts';
import { fetchedFolder, resolveTrace, shippedFolder, traceNames } from '../../trace/locate.ts';
import { runMissing, scenariosOf } from './run-scenarios.ts';

/**
 * The session that the SQL cells of a notebook run in: the runs of its own scenarios (those in
 * `runs/` where it names none), the traces that ship and those that were fetched, and `traces`,
 * what their files say of themselves.
 * @param cache folder of the notebooks' own runs
 */
export async function openNotebookSession(
  notebook: string,
  cache: string,
): Promise<ResultsSession> {
  const scenarios = await scenariosOf(notebook);
  const own = join(cache, 'runs', basename(notebook, '.html'));
  if (scenarios !== null) await runMissing(scenarios, own);
  const traces = await traceFiles();
  const session = await openResults(scenarios === null ? 'runs' : own, { traces });
  for (const note of session.notes) console.error(`note: ${note}`);
  await session.query(await tracesTable(traces));
  return session;
}

async function traceFiles() {
  const folders = [shippedFolder(), fetchedFolder()];
  const names = (await Promise.all(folders.map(traceNames))).flat();
  return Promise.all([...new Set(names)].map(async (name) => resolveTrace(name)));
}

/**
 * `traces`: trace, kind, column_kinds (JSON: the kind of each column that differs from the trace's),
 * block_size in tokens, licence, about.
 */
async function tracesTable(
  files: readonly { name: string; path: string; bytes: Uint8Array }[],
): Promise<string> {
  const rows = files.map(({ name, path, bytes }) => {
    const { meta } = decodeRequestTrace(bytes, path);
    const texts = [name, meta.kind, JSON.stringify(meta.columnKinds)].map(quoteText);
    const rest = [meta.licence, meta.notes].map((text) =>
      text === null ? 'NULL' : quoteText(text),
    );
    return `(${texts.join(', ')}, ${meta.blockSize ?? 'NULL'}::INTEGER, ${rest.join(', ')})`;
  });
  return `CREATE TABLE traces AS FROM (VALUES ${rows.join(', ')})
    AS t(trace, kind, column_kinds, block_size, licence, about)`;
}
