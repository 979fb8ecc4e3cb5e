import { InputError } from '../../units/input-error.ts';

/** Where a value stands in a source file. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: string;
}

/** Largest count or id a column of the schema holds. */
export const int32Max = 2_147_483_647;

export function badValue(value: unknown, place: Place, rule: string): InputError {
  const text = JSON.stringify(value) ?? String(value);
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return new InputError(`bad value ${shown}`, {
    where: `${place.file}, line ${place.line}, column ${place.column}`,
    rule,
  });
}

/** A whole number from 0 to 2^31 − 1, written in digits. */
export function countFrom(text: string, place: Place): number {
  const trimmed = text.trim();
  const value = Number(trimmed);
  if (/^\d+$/.test(trimmed) && value <= int32Max) return value;
  throw badValue(text, place, `a whole number from 0 to ${int32Max}`);
}

const decimal = /^(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,3}))?$/;
/** Some 285 years: microseconds stay exact in a float64. */
const longestMs = 9e12;

/** A decimal number of `10^exponent` milliseconds, shifted as text so that no digit is lost. */
export function millisecondsFrom(text: string, exponent: number, place: Place): number {
  const match = decimal.exec(text.trim());
  const power = Number(match?.[2] ?? 0) + exponent;
  const value = match ? Number(`${match[1]}e${power}`) : Number.NaN;
  if (value <= longestMs) return value;
  throw badValue(text, place, 'a time that is a number, not negative and below 285 years');
}

/** A moment: whole seconds since 1970 and nanoseconds after that. */
export interface Moment {
  readonly seconds: number;
  readonly nanos: number;
}

const dateTime =
  /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))?$/;

/** A date and time, `2023-11-16 18:17:03.9799600`, with T or a space, with or without an offset. */
export function momentFrom(text: string, place: Place): Moment {
  const match = dateTime.exec(text.trim());
  const rule = 'a date and time, YYYY-MM-DD HH:MM:SS[.fraction][Z or ±HH:MM]';
  if (match === null) throw badValue(text, place, rule);
  const part = (i: number) => Number(match[i] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const [hour, minute, second] = [part(4), part(5), part(6)];
  const legal = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  if (!legal || hour > 23 || minute > 59 || second > 59 || part(9) > 23 || part(10) > 59) {
    throw badValue(text, place, rule);
  }
  const offset = (match[8] === '-' ? -1 : 1) * (part(9) * 3600 + part(10) * 60);
  const days = daysSinceEpoch(year, month, day);
  return {
    seconds: days * 86_400 + hour * 3600 + minute * 60 + second - offset,
    nanos: Number((match[7] ?? '').padEnd(9, '0')),
  };
}

/** Milliseconds from one moment to another, rounded once where nanoseconds are exact (104 days). */
export function msBetween(from: Moment, to: Moment): number {
  const seconds = to.seconds - from.seconds;
  const nanos = to.nanos - from.nanos;
  const inNanos = seconds * 1e9 + nanos;
  return Number.isSafeInteger(inNanos) ? inNanos / 1e6 : seconds * 1000 + nanos / 1e6;
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** Days from 1970-01-01 in the Gregorian calendar, counted over years that begin in March. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
