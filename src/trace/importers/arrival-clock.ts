import { type Moment, momentFrom, msBetween, type Place } from './values.ts';

/** Turns dates into milliseconds from the first date asked for. */
export class ArrivalClock {
  #origin: Moment | null = null;

  arrivalMs(text: string, place: Place): number {
    const moment = momentFrom(text, place);
    this.#origin ??= moment;
    return msBetween(this.#origin, moment);
  }
}
