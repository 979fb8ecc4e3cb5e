import { analyserNamed } from '../replay/analysers.ts';
import {
  analysisTables,
  type ServingTable,
  type TableName,
  tableSchemas,
} from '../results/schema.ts';
import { cellsOf } from './cells.ts';
import type { Experiment } from './define.ts';

/** The tables that a replay of an experiment keeps. */
export function replayTables({ tables = 'all' }: Pick<Experiment, 'tables'>): ServingTable[] {
  const all = Object.keys(tableSchemas).filter(isServing);
  if (tables === 'all') return all;
  if (tables === 'summary') return ['runs'];
  return all.filter((table) => table === 'runs' || tables.includes(table));
}

/** The tables that an analysis keeps: all that its analyser fills. */
export function tablesOfAnalyser(kind: string): TableName[] {
  return ['analyses', ...(analyserNamed(kind).tables as TableName[])];
}

/** The tables that the runs of an experiment keep. */
export function keptTables(experiment: Experiment): TableName[] {
  const replays = experiment.scenarios === undefined ? [] : replayTables(experiment);
  if (experiment.analyses === undefined) return replays;
  const kinds = new Set(
    cellsOf({ analyses: experiment.analyses }).map(({ scenario }) => String(scenario.kind)),
  );
  return [...new Set<TableName>([...replays, ...[...kinds].flatMap(tablesOfAnalyser)])];
}

function isServing(table: string): table is ServingTable {
  return !(analysisTables as readonly string[]).includes(table);
}
