type TypedArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/**
 * A copy of plain data whose typed arrays lie in shared memory: sent to a worker thread, they are
 * shared instead of copied. Replays only read their trace.
 */
export function shared<T>(value: T): T {
  return share(value, new Map()) as T;
}

function share(value: unknown, seen: Map<object, unknown>): unknown {
  if (value === null || typeof value !== 'object') return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  let copy: unknown;
  if (ArrayBuffer.isView(value)) copy = sharedArray(value as TypedArray);
  else if (Array.isArray(value)) copy = value.map((member) => share(member, seen));
  else {
    copy = Object.fromEntries(Object.entries(value).map(([k, member]) => [k, share(member, seen)]));
  }
  seen.set(value, copy);
  return copy;
}

function sharedArray(array: TypedArray): TypedArray {
  if (array.buffer instanceof SharedArrayBuffer) return array;
  const memory = new SharedArrayBuffer(array.byteLength);
  const Kind = array.constructor as new (memory: SharedArrayBuffer) => TypedArray;
  const copy = new Kind(memory);
  (copy as Uint8Array).set(array as Uint8Array);
  return copy;
}
