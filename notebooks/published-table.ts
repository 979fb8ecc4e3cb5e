import { html } from 'htl';

/** One published figure beside ours. */
export interface Beside {
  readonly figure: string;
  /** Paper and place; how it was read, where it is not printed. */
  readonly source: string;
  readonly published: string;
  readonly replayed: string;
  /** What keeps the two from being one experiment; empty where nothing does. */
  readonly differs: string;
}

const columns = [
  ['figure', '26%'],
  ['source', '17%'],
  ['published', '14%'],
  ['replayed', '18%'],
  ['what differs', '25%'],
] as const;

/** Published figures beside replayed ones, each with its source and with what differs. */
export function publishedTable(rows: readonly Beside[]) {
  return html`<div style="overflow-x:auto"><table style="min-width:44rem;max-width:none">
    <thead><tr>${columns.map(([name, width]) => html`<th scope="col" style=${`width:${width}`}>${name}</th>`)}</tr></thead>
    <tbody>${rows.map(
      ({ figure, source, published, replayed, differs }) =>
        html`<tr style="vertical-align:top">${[figure, source, published, replayed, differs].map((text) => html`<td>${text}</td>`)}</tr>`,
    )}</tbody>
  </table></div>`;
}
