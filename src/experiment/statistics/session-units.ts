/** Rows in units that are drawn as a whole. */
export interface Units {
  /** Unit of each row; units are numbered by their first arrival. */
  readonly of: Int32Array;
  readonly count: number;
}

/** What decides the unit of a row; a request without a session (null) is a unit of its own. */
export interface UnitRows {
  readonly arrivalMs: ArrayLike<number>;
  readonly session: ArrayLike<number | null>;
}

/** Sessions as units: the requests of one depend on each other. */
export function sessionUnits({ arrivalMs, session }: UnitRows): Units {
  const rows = Array.from({ length: arrivalMs.length }, (_, row) => row);
  rows.sort((a, b) => (arrivalMs[a] as number) - (arrivalMs[b] as number) || a - b);
  const of = new Int32Array(rows.length);
  const units = new Map<number, number>();
  let count = 0;
  for (const row of rows) {
    const id = session[row] ?? null;
    const known = id === null ? undefined : units.get(id);
    const unit = known ?? count++;
    if (id !== null && known === undefined) units.set(id, unit);
    of[row] = unit;
  }
  return { of, count };
}
