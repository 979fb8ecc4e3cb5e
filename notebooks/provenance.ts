import type { Row } from './figure.ts';

/**
 * What a chart says of its trace: name, kind, and which of the columns it draws are of another
 * kind. With a row of the table `traces`.
 * @param columns of the trace that the chart is drawn from
 */
export function provenance(traces: readonly Row[], trace: string, columns: readonly string[]) {
  const row = traces.find((one) => one.trace === trace);
  if (row === undefined) return `Trace ${trace}`;
  const others = JSON.parse(String(row.column_kinds)) as Record<string, string>;
  const kindOf = (column: string) => others[column] ?? String(row.kind);
  const drawn = columns.map((column) => `${column} (${kindOf(column)})`).join(', ');
  return `Trace ${trace}, ${row.kind}; drawn from ${drawn}`;
}

/** The same for runs, with the row of a run: `trace`, `trace_kind`, `generated_columns`. */
export function runProvenance({ trace, trace_kind, generated_columns, profile }: Row): string {
  const columns = generated_columns ? ` (generated: ${generated_columns})` : '';
  const all = trace_kind === 'generated' ? ', every column' : columns;
  return `Trace ${trace}, ${trace_kind}${all}; cost profile ${profile}; one run each, no interval`;
}
