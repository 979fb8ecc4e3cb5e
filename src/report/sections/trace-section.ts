import type { Chart } from '../chart.ts';
import { type Group, mostSeries } from '../groups.ts';
import { escapeHtml, slug, typeset } from '../page/html.ts';
import { headlineOf } from './headline.ts';
import type { Block, Section } from './section.ts';
import { type Study, systemText, traceText } from './study.ts';
import { furtherCharts } from './trace-charts.ts';
import { figuresTable, runsTable, scenariosBlock } from './trace-tables.ts';

/**
 * Everything about the runs of one trace.
 * @param leadAbove whether the first chart is drawn at the top of the page already
 */
export async function traceSection(
  study: Study,
  group: Group,
  lead: Chart,
  leadAbove: boolean,
): Promise<Section> {
  const first = group.runs[0];
  const { question, answer } = headlineOf(study, group);
  const intro = leadAbove
    ? `<p>${first ? escapeHtml(`${traceText(first)} on ${systemText(group.runs)}`) : ''}. The chart that answers the question stands <a href="#${lead.id}">at the top of the page</a>.</p>`
    : `<p class="question">${typeset(question)}</p><p><strong>${typeset(answer)}</strong></p>`;
  const left = group.runs.length - mostSeries;
  const omitted =
    left > 0 && group.kind !== 'sweep'
      ? `<p class="note">Charts draw the first ${mostSeries} runs; the tables hold all ${group.runs.length}.</p>`
      : '';
  const charts = await furtherCharts(study, group, lead);
  const blocks: Block[] = [
    { html: intro + runsTable(group) + figuresTable(study, group) + omitted },
    ...(leadAbove ? [] : [{ chart: lead }]),
    ...charts.map((chart) => ({ chart })),
    { html: scenariosBlock(group) },
  ];
  return { id: slug(group.trace), title: group.trace, blocks };
}
