import { InputError } from '../../units/input-error.ts';
import type { CapacitySpec } from '../define.ts';

/** One-sided confidence of the lower limit of attainment where a capacity names none. */
export const defaultConfidence = 0.95;

/**
 * Refuses a capacity that cannot be found.
 * @throws InputError naming the member and its rule
 */
export function checkCapacity(spec: CapacitySpec): void {
  const { rates, attainment, confidence = defaultConfidence, bisections = 0 } = spec;
  const refuse = (member: string, value: unknown, rule: string) => {
    throw new InputError(`${member} ${value}`, { where: `capacity ${spec.name}`, rule });
  };
  const rising = rates.every((rate, i) => rate > (i === 0 ? 0 : (rates[i - 1] as number)));
  if (rates.length === 0 || !rising || !rates.every(Number.isFinite)) {
    refuse('rates', rates.join(',') || '(none)', 'rate factors above 0, rising');
  }
  if (!(attainment > 0 && attainment <= 1)) refuse('attainment', attainment, 'in (0, 1]');
  if (!(confidence > 0.5 && confidence < 1)) refuse('confidence', confidence, 'in (0.5, 1)');
  if (!Number.isInteger(bisections) || bisections < 0) {
    refuse('bisections', bisections, 'a whole number, at least 0');
  }
}

/** An error about a capacity, with its name where it lacks it. */
export function placedIn({ name }: CapacitySpec, error: unknown): unknown {
  const place = `capacity ${name}`;
  if (!(error instanceof InputError) || error.where?.startsWith(place)) return error;
  return error.within(place);
}
