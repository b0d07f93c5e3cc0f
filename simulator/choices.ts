/**
 * Every choice of a simulation, by name: `delay of payment-1 worker#3` is the third of its kind. A run is a function of its
 * choices and of nothing else. 0 is always the mildest (no fault, no delay), and a choice that is not written down is 0: so
 * the choices other than 0 are what a run consists of, and leaving some of them out is a simpler run in which the others
 * still mean the same. After the choice sequence of Hypothesis (MacIver, Donaldson: "Test-Case Reduction via Test-Case
 * Generation", ECOOP 2020), with names in place of positions.
 */
import { type Random, randomFrom } from './random.ts';

/** The choices other than 0. */
export type ChoiceMap = ReadonlyMap<string, number>;

export interface Choices {
  /** 0 to n - 1, each as likely. */
  pick(name: string, n: number): number;
  /** Whether something happens that does so in `percent` of all cases. */
  chance(name: string, percent: number): boolean;
  /** All so far. */
  readonly taken: ChoiceMap;
}

/** Drawn from a seed. */
export function seededChoices(seed: number): Choices {
  const random: Random = randomFrom(seed);
  return choicesFrom(
    (_, n) => Math.floor(random() * n),
    (_, percent) => random() * 100 < percent,
  );
}

/** Those that are written down. */
export const writtenChoices = (written: ChoiceMap): Choices =>
  choicesFrom(
    (name, n) => (written.get(name) ?? 0) % n,
    (name) => (written.get(name) ?? 0) !== 0,
  );

function choicesFrom(
  pick: (name: string, n: number) => number,
  chance: (name: string, percent: number) => boolean,
): Choices {
  const counts = new Map<string, number>();
  const taken = new Map<string, number>();
  const numbered = (name: string): string => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return `${name}#${count}`;
  };
  const note = (name: string, choice: number): number => {
    if (choice !== 0) taken.set(name, choice);
    return choice;
  };
  return {
    pick(name, n) {
      if (n <= 1) return 0;
      const key = numbered(name);
      return note(key, pick(key, n));
    },
    chance(name, percent) {
      if (percent <= 0) return false;
      const key = numbered(name);
      return note(key, chance(key, percent) ? 1 : 0) !== 0;
    },
    taken,
  };
}
