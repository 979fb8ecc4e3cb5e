/** One fitted number: its value, unit, 90 % interval where one is known, and where it comes from. */
export interface Constant {
  readonly value: number;
  readonly unit: string;
  /** 90 % bootstrap interval over whole shapes. */
  readonly interval?: readonly [low: number, high: number];
  readonly source: string;
  /** Published claims (`paper/claim-id`) that the value was chosen from. */
  readonly setFrom?: readonly string[];
}

/** A constant and where it stands in its tree: `gemm.flopsShare`. */
export interface PlacedConstant {
  readonly path: string;
  readonly constant: Constant;
}

/** The same tree with plain numbers in the place of constants. */
export type ValuesOf<T> = T extends Constant
  ? number
  : { readonly [K in keyof T]: T[K] extends string ? string : ValuesOf<T[K]> };

/**
 * Plain numbers of a tree of constants, for the code that computes with them.
 * @param valueAt what stands for a constant: by default its value
 */
export function valuesOf<T extends object>(
  constants: T,
  valueAt: (placed: PlacedConstant) => number = ({ constant }) => constant.value,
  path = '',
): ValuesOf<T> {
  const entries = Object.entries(constants).map(([name, member]) => {
    const here = memberPath(path, name);
    if (isConstant(member)) return [name, valueAt({ path: here, constant: member })];
    return [name, typeof member === 'object' ? valuesOf(member, valueAt, here) : member];
  });
  return Object.fromEntries(entries) as ValuesOf<T>;
}

/** Every constant of a tree with its path, in order. */
export function listConstants(tree: object, path = ''): PlacedConstant[] {
  return Object.entries(tree).flatMap(([name, member]) => {
    const here = memberPath(path, name);
    if (isConstant(member)) return [{ path: here, constant: member }];
    return typeof member === 'object' && member !== null ? listConstants(member, here) : [];
  });
}

function isConstant(member: unknown): member is Constant {
  return typeof member === 'object' && member !== null && 'value' in member && 'unit' in member;
}

function memberPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
