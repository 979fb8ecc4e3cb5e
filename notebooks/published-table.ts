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

/** Published figures beside replayed ones, each with its source and with what differs. */
export function publishedTable(rows: readonly Beside[]) {
  return html`<div style="overflow-x:auto"><table style="min-width:44rem">
    <thead><tr>${['figure', 'source', 'published', 'replayed', 'what differs'].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${rows.map(
      (row) => html`<tr>
        <td>${row.figure}</td><td>${row.source}</td>
        <td style="white-space:nowrap">${row.published}</td>
        <td style="white-space:nowrap">${row.replayed}</td>
        <td>${row.differs}</td>
      </tr>`,
    )}</tbody>
  </table></div>`;
}
