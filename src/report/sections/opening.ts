import type { Chart } from '../chart.ts';
import type { Group } from '../groups.ts';
import { escapeHtml, htmlTable, slug, typeset } from '../page/html.ts';
import type { Sidecar } from '../runs.ts';
import { headlineOf } from './headline.ts';
import { type Block, counted } from './section.ts';
import { type Study, systemText, traceText } from './study.ts';

/** Which Reprise and Node made the runs; empty where the runs do not say. */
export type Versions = readonly string[];

export function versionsOf(
  sidecars: readonly Sidecar[],
  runs: readonly { readonly run: string }[],
): Versions {
  const keys = new Set(runs.map(({ run }) => run));
  const texts = sidecars
    .filter(({ run }) => keys.has(run))
    .map(
      ({ reprise, engine, node }) =>
        `Reprise ${reprise} (engine ${engine.slice(0, 12)}, Node ${node})`,
    );
  return [...new Set(texts)].sort();
}

/** The first screen: question, answer and chart of the first trace, one line each on the others. */
export function openingBlocks(
  study: Study,
  lead: { readonly group: Group; readonly chart: Chart },
  versions: Versions,
): Block[] {
  const { question, answer } = headlineOf(study, lead.group);
  const others = study.groups.filter((group) => group !== lead.group);
  return [
    {
      html: `<p class="question">${typeset(question)}</p><p class="answer">${typeset(answer)}</p>`,
    },
    { chart: lead.chart },
    { html: others.length > 0 ? otherAnswers(study, others) : '' },
    { html: howObtained(study, versions) },
  ];
}

function otherAnswers(study: Study, groups: readonly Group[]): string {
  const items = groups.map((group) => {
    const { question, answer } = headlineOf(study, group);
    return `<li><a href="#${slug(group.trace)}">${typeset(question)}</a> ${typeset(answer)}</li>`;
  });
  return `<p>On the other traces:</p><ul class="also">${items.join('')}</ul>`;
}

/** One quiet line that unfolds. */
export function howObtained({ groups }: Study, versions: Versions): string {
  const runs = groups.flatMap((group) => group.runs.map((run) => ({ group, run })));
  const summary = [
    `How this was obtained: ${counted(groups.length, 'trace')}`,
    counted(runs.length, 'run'),
    'one seed each',
    ...versions.slice(0, 1),
  ].join(', ');
  const table = htmlTable(
    'Runs of this page; a run is the folder of that name',
    [
      { title: 'run' },
      { title: 'trace' },
      { title: 'system' },
      { title: 'label' },
      { title: 'clock, profile' },
      { title: 'scenario hash' },
    ],
    runs.map(({ group, run }) => [
      run.run,
      traceText(run),
      systemText([run]),
      group.labels.get(run.run) ?? run.label,
      `${run.clock}, ${run.profile}`,
      run.scenarioHash.slice(0, 16),
    ]),
  );
  const made = versions.length > 0 ? `<p>Made by ${escapeHtml(versions.join('; '))}.</p>` : '';
  return `<details><summary>${escapeHtml(summary)}</summary>${made}${table}</details>`;
}
