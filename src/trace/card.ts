import { formatCount, formatShare } from '../units/format.ts';
import { catalogue } from './catalogue.ts';
import type { Known } from './generators/parameters.ts';
import { traceGenerators } from './generators/registry.ts';
import type { RequestTrace } from './request-trace.ts';
import { type TokenStatistics, type TraceStatistics, traceStatistics } from './statistics.ts';

/** A shipped trace as its card needs it. */
export interface CardInput {
  /** File name without `.arrow`. */
  readonly name: string;
  readonly trace: RequestTrace;
  readonly sha256: string;
  readonly bytes: number;
  /** How it compares with its original, in Markdown; null where there is nothing to say. */
  readonly fidelity: string | null;
}

const preamble = `# Traces

<!-- Written by \`npx reprise traces cards\` from the files' own metadata and statistics. -->

The files here are small, deterministic and made by this project: **measured lengths or generated
requests, never copies of third-party data**. Each says in its metadata, and below, which of its
columns are recorded, sampled or generated. The real traces are one \`npx reprise traces fetch NAME\`
away, and \`npm start\` uses them where they are present.

\`npx reprise traces show NAME\` prints a trace with its distributions, \`npx reprise traces check FILE\`
tests a file against the schema's rules, and \`npx reprise traces generate NAME\` makes a shipped file
again, byte for byte.
`;

/** The text of traces/README.md: a card for each shipped trace, and lists of the others. */
export function cardsText(inputs: readonly CardInput[]): string {
  const shipped = inputs.map(({ name }) => name);
  return `${[preamble, ...inputs.map(cardText), generatable(shipped), fetchable()].join('\n')}`;
}

function cardText({ name, trace, sha256, bytes, fidelity }: CardInput): string {
  const { meta } = trace;
  const facts = [
    ['what', meta.notes ?? `${formatCount(trace.count)} requests`],
    ['kind', kindText(trace)],
    ['source', sourceText(trace)],
    ['licence', meta.licence ?? 'that of this project'],
    ...(meta.tokenizer ? [['tokenizer', meta.tokenizer]] : []),
    ...(meta.seed === null ? [] : [['seed', String(meta.seed)]]),
    ['file', `\`${name}.arrow\`, ${bytes} bytes, sha256 \`${sha256}\``],
    ...(Object.keys(trace.extra).length > 0
      ? [['extra columns', Object.keys(trace.extra).join(', ')]]
      : []),
  ];
  const table = facts.map(([key, value]) => `| ${key} | ${value} |`).join('\n');
  const sections = [`## ${name}\n\n| | |\n|---|---|\n${table}\n`, statisticsText(trace)];
  if (fidelity) sections.push(`**Fidelity.** ${fidelity.trim()}\n`);
  return sections.join('\n');
}

function kindText({ meta }: RequestTrace): string {
  const others = Object.entries(meta.columnKinds).map(([column, kind]) => `${column} ${kind}`);
  return others.length === 0 ? meta.kind : `${meta.kind}, but ${others.join(', ')}`;
}

function sourceText({ meta }: RequestTrace): string {
  const { repository, path, commit, sha256 } = meta.source;
  if (!repository) return meta.importer ?? 'this project';
  return [
    [repository, path].filter(Boolean).join(' : '),
    commit && `commit ${commit.slice(0, 8)}`,
    sha256 && `sha256 ${sha256.slice(0, 12)}…`,
  ]
    .filter(Boolean)
    .join(', ');
}

function statisticsText(trace: RequestTrace): string {
  const s = traceStatistics(trace);
  const header = '| tokens | sum | mean | min | p50 | p90 | p99 | max |';
  const rows = [
    row('input (text)', s.input_tokens),
    row('output', s.output_tokens),
    ...(s.media ? [row('one medium', s.media.tokens_each)] : []),
  ];
  const table = [header, '|---|--:|--:|--:|--:|--:|--:|--:|', ...rows].join('\n');
  return `${table}\n\n${sentences(s).join(' ')}\n`;
}

function row(title: string, tokens: TokenStatistics): string {
  const { sum, mean, min, p50, p90, p99, max } = tokens;
  const cells = [sum, mean, min, p50, p90, p99, max].map((value) =>
    value === null ? '-' : String(Math.round(value * 10) / 10),
  );
  return `| ${title} | ${cells.join(' | ')} |`;
}

function sentences(s: TraceStatistics): string[] {
  const { arrivals, reuse, media, sessions, blocks } = s;
  const said = [`${s.requests} requests`];
  if (arrivals.rate_per_s === null) said[0] += ', all at time 0.';
  else {
    said[0] +=
      ` in ${s.duration_s.toFixed(0)} s: ${arrivals.rate_per_s.toFixed(2)} a second,` +
      ` at most ${arrivals.peak_per_s} within one, CV of the gaps ${arrivals.gap_cv?.toFixed(2)}.`;
  }
  if (arrivals.tick_ms !== null) {
    said.push(`Arrivals come in ticks of ${Math.round(arrivals.tick_ms)} ms.`);
  }
  if (blocks && reuse) {
    said.push(
      `${blocks.references} block references to ${blocks.unique} blocks of ${blocks.block_size}` +
        ` tokens; a cache without limit finds ${formatShare(reuse.infinite_cache_hit_ratio)} of them;` +
        ` ${formatShare(reuse.used_once_share)} of the blocks are used once.`,
    );
  }
  if (media) {
    said.push(
      `${media.count} media with ${media.tokens} tokens, in ${media.requests_with_media} requests,` +
        ` at most ${media.per_request.max} in one.`,
    );
  }
  if (sessions) {
    said.push(
      `${sessions.count} sessions, the longest of ${sessions.longest} requests;` +
        ` ${sessions.requests_with_parent} requests continue an earlier one.`,
    );
  }
  return said;
}

function generatable(shipped: readonly string[]): string {
  const rows = Object.entries(traceGenerators)
    .filter(([name]) => !shipped.includes(name))
    .map(([name, { about, requests, parameters }]) => {
      const values = (which: Known) =>
        Object.entries(parameters)
          .filter(([, { known }]) => known === which)
          .map(([parameter, { value }]) => `${parameter} ${value}`)
          .join(', ') || '-';
      const known = [values('printed'), values('derived'), values('assumed')].join(' | ');
      return `| \`${name}\` | ${about} | ${requests} | ${known} |`;
    });
  return [
    '## Traces to generate',
    '',
    'Workloads that papers describe and do not publish. No file of them ships:',
    '`npx reprise traces generate NAME` makes one in `cache/traces`, the same bytes each time; with',
    '`-o FILE` also of another seed, number of requests or `--set parameter=value`. **All of it is',
    'generated.** A value is printed in the paper, derived from printed figures, or assumed; the',
    "file's metadata says the same, and the rule in words is the header of the generator, in",
    '`src/trace/generators`. `toolagent-like` has the load and the reuse that are published of the',
    'tool-and-agent trace; it is not that trace.',
    '',
    '| name | what | requests | printed | derived | assumed |',
    '|---|---|--:|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function fetchable(): string {
  const rows = catalogue.map(({ name, title, kind, repository, path, licence }) => {
    const source = path ? repository : `${repository} (derived; from a mirror folder only)`;
    return `| \`${name}\` | ${title} | ${kind} | ${source} | ${licence} |`;
  });
  return [
    '## Traces to fetch',
    '',
    'Originals are downloaded at a fixed commit, or taken from `--mirror DIR`, and verified by sha256.',
    'They go to `cache/traces`, which git ignores.',
    '',
    '| name | what | kind | source | licence |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
