import { tones } from '../theme.ts';

/** Rows that so many panels take, and the gaps between these. */
export function panelPlaces(panels: number, columns: number) {
  const rowsOfPanels = Math.max(1, Math.ceil(panels / columns));
  return { rowsOfPanels, lastRow: rowsOfPanels - 1 };
}

/** Above a plot, from the left edge of its axis on: its name, and what the upright axis shows. */
export function panelHead(name: string, axis: string) {
  const line = (text: string, y: number, style: Record<string, unknown>) => ({
    data: { values: [{}] },
    mark: { type: 'text', align: 'left', baseline: 'bottom', text, aria: false, ...style },
    encoding: { x: { value: -48 }, y: { value: y } },
  });
  return [
    line(name, -24, { fontWeight: 600 }),
    line(axis, -8, { fontSize: 11, fill: tones.muted.light }),
  ];
}
