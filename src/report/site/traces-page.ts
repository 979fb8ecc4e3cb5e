import { formatCount, formatMs, formatShare } from '../../units/format.ts';
import { specChart } from '../charts/spec-chart.ts';
import { escapeHtml, htmlTable, slug } from '../page/html.ts';
import { type Block, counted, listed, type Section } from '../sections/section.ts';
import type { StreamingSession } from '../session.ts';
import type { SitePage } from './shell.ts';
import { type Lengths, type TraceFacts, traceFacts } from './trace-facts.ts';
import { tracePictures } from './trace-pictures.ts';

export const tracesPath = 'traces.html';

export interface UsedTrace {
  readonly name: string;
  /** Null where its file is gone. */
  readonly path: string | null;
}

/** What is in each trace that the site's runs replayed. */
export async function tracesPage(
  session: StreamingSession,
  traces: readonly UsedTrace[],
): Promise<SitePage> {
  const sections: Section[] = [];
  const known: TraceFacts[] = [];
  for (const { name, path } of traces) {
    const facts = path === null ? null : await traceFacts(session, { name, path });
    if (facts !== null) known.push(facts);
    const blocks = facts === null ? [{ html: gone }] : await traceBlocks(session, facts);
    sections.push({ id: slug(name), title: name, blocks });
  }
  return {
    path: tracesPath,
    title: 'Traces',
    opening: [
      {
        html: `<p class="question">What was replayed, and how much of it was measured?</p><p class="answer">${escapeHtml(answerOf(known))}</p>`,
      },
      { html: known.length > 1 ? overview(known) : '' },
    ],
    sections,
  };
}

const gone =
  '<p class="note">The file of this trace is gone or has changed since its runs; the runs keep what they came to.</p>';

function answerOf(traces: readonly TraceFacts[]): string {
  if (traces.length === 0) return 'No trace of these runs is at hand any more.';
  const requests = traces.reduce((sum, trace) => sum + trace.requests, 0);
  const made = traces.filter(({ meta }) => meta?.kind === 'generated').map(({ name }) => name);
  const partly = traces
    .filter(({ meta }) => meta?.kind !== 'generated' && generatedColumns(meta).length > 0)
    .map(({ name, meta }) => `${listed(generatedColumns(meta))} of ${name}`);
  const generated =
    made.length === 0
      ? 'none of them generated'
      : made.length === traces.length
        ? traces.length === 1
          ? 'a generated one'
          : 'all of them generated'
        : `${listed(made)} generated`;
  const columns = partly.length > 0 ? `; generated columns: ${listed(partly)}` : '';
  return `${counted(requests, 'request')} in ${counted(traces.length, 'trace')}, ${generated}${columns}.`;
}

function generatedColumns(meta: TraceFacts['meta']): string[] {
  return Object.entries(meta?.columnKinds ?? {})
    .filter(([, kind]) => kind === 'generated')
    .map(([column]) => column);
}

function overview(traces: readonly TraceFacts[]): string {
  return htmlTable(
    'Traces of this site',
    [
      { title: 'trace' },
      { title: 'kind' },
      { title: 'requests', numeric: true },
      { title: 'duration', numeric: true },
      { title: 'prompt, median', numeric: true },
      { title: 'output, median', numeric: true },
      { title: 'blocks met before', numeric: true },
    ],
    traces.map((trace) => [
      { html: `<a href="#${slug(trace.name)}">${escapeHtml(trace.name)}</a>` },
      trace.meta?.kind ?? 'unknown',
      trace.requests.toLocaleString('en'),
      trace.spanMs === 0 ? 'all at once' : formatMs(trace.spanMs),
      tokens(trace.input.p50),
      tokens(trace.output.p50),
      trace.blocks === null ? '-' : formatShare(1 - trace.blocks.unique / trace.blocks.references),
    ]),
  );
}

const tokens = (value: number | null) => (value === null ? '-' : formatCount(Math.round(value)));

async function traceBlocks(session: StreamingSession, facts: TraceFacts): Promise<Block[]> {
  const blocks: Block[] = [{ html: `<p>${escapeHtml(origin(facts))}</p>${lengthsTable(facts)}` }];
  const id = slug(facts.name);
  for (const picture of tracePictures(facts)) {
    const chart = await specChart(session, picture, {
      id: `${id}-${picture.id}`,
      provenance: [`trace ${facts.name} (${kindText(facts)})`, picture.interval ?? ''],
      order: new Map([['tokens_of', ['prompt', 'output']]]),
    });
    if (chart !== null) blocks.push({ chart });
  }
  return [...blocks, { html: columnsTable(facts) }];
}

function kindText({ meta }: TraceFacts): string {
  const made = generatedColumns(meta);
  const but = made.length > 0 && meta?.kind !== 'generated' ? `; ${listed(made)} generated` : '';
  return `${meta?.kind ?? 'kind unknown'}${but}`;
}

/** Where the trace comes from, in a sentence or two. */
function origin(facts: TraceFacts): string {
  const { meta, requests, spanMs, media, continued } = facts;
  const over = spanMs === 0 ? 'all waiting at the start' : `over ${formatMs(spanMs)}`;
  const parts = [`${counted(requests, 'request')}, ${over}; ${kindText(facts)}.`];
  const { repository, path } = meta?.source ?? {};
  if (repository) parts.push(`Source: ${repository}${path ? `, ${path}` : ''}.`);
  if (meta?.licence) parts.push(`Licence: ${meta.licence}.`);
  if (meta?.tokenizer) parts.push(`Tokens of ${meta.tokenizer}.`);
  if (media) {
    parts.push(
      `${counted(media.media, 'medium').replace('mediums', 'media')} in ${counted(media.requests, 'request')}.`,
    );
  }
  if (continued > 0) parts.push(`${counted(continued, 'request')} continue another one.`);
  return parts.join(' ');
}

function lengthsTable({ input, output }: TraceFacts): string {
  const row = (name: string, of: Lengths) => [
    name,
    ...[of.mean, of.p50, of.p90, of.p99, of.max, of.sum].map(tokens),
  ];
  return htmlTable(
    'Tokens per request; prompts count text alone',
    [
      { title: 'tokens' },
      ...['mean', 'p50', 'p90', 'p99', 'max', 'sum'].map((title) => ({ title, numeric: true })),
    ],
    [row('prompt', input), row('output', output)],
  );
}

function columnsTable({ meta, columns }: TraceFacts): string {
  return htmlTable(
    'Columns of the trace, and how they came to be',
    [{ title: 'column' }, { title: 'kind' }, { title: 'rows with a value', numeric: true }],
    columns.map(({ name, share }) => [
      name,
      meta?.columnKinds[name] ?? meta?.kind ?? 'unknown',
      formatShare(share),
    ]),
  );
}
