/** Orders the rows of a table by a click on a column's head; without it they stand as written. */
export const siteScript = `
(() => {
  'use strict';
  const valueOf = (row, c) => {
    const cell = row.cells[c];
    const text = cell.dataset.sort === undefined ? cell.textContent : cell.dataset.sort;
    const number = Number(text);
    return text !== '' && Number.isFinite(number) ? number : text;
  };
  const compare = (a, b) => {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === 'number' ? -1 : 1;
  };
  for (const table of document.querySelectorAll('table.sortable')) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, c) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const way = head.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
        for (const other of heads) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', way === 1 ? 'ascending' : 'descending');
        const rows = [...table.tBodies[0].rows];
        // What has no value stays at the end, whichever way.
        const rank = (row) => Number(row.cells[c].dataset.sort === '');
        rows.sort((a, b) => rank(a) - rank(b) || way * compare(valueOf(a, c), valueOf(b, c)));
        table.tBodies[0].append(...rows);
      });
    });
  }
})();
`;
