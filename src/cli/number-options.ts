import { InputError } from '../units/input-error.ts';

/** Reads an option's value as a whole number. */
export function wholeNumber(flag: string, least = 1): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InputError(`invalid number ${JSON.stringify(text)}`, {
        where: flag,
        rule: `a whole number, at least ${least}`,
      });
    }
    return value;
  };
}
