/** Several things in turn, round after round, in one run: what changes with time on the machine changes for all of them. */
import { median } from '../compare/quantiles.ts';
import type { Goal, Series } from './figures.ts';
import type { Turn } from './measure.ts';

/** What has turns; `Measurement` is one. */
export interface Turning<T extends Turn = Turn> {
  readonly name: string;
  readonly unit: string;
  run(seconds: number, say: (line: string) => void): Promise<T>;
  /** Told when a turn fails: there are no more of it then, and those that there were count for nothing. Unset: all ends. */
  onFailed?(error: unknown): void;
}

export interface Rounds {
  readonly rounds: number;
  readonly seconds: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export type Turns<T extends Turn = Turn> = ReadonlyMap<Turning<T>, readonly T[]>;

/** Every other round goes the other way. What has failed is not among the turns. */
export async function interleave<T extends Turn>(
  things: readonly Turning<T>[],
  { rounds, seconds, say, signal }: Rounds,
): Promise<Turns<T>> {
  const turns = new Map<Turning<T>, T[]>(things.map((thing) => [thing, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const thing of round % 2 === 1 ? things : things.toReversed()) {
      signal.throwIfAborted();
      const own = turns.get(thing);
      if (!own) continue;
      const where = `round ${round} of ${rounds}: ${thing.name}`;
      try {
        const turn = await thing.run(seconds, (line) => say(`${where}: ${line}`));
        own.push(turn);
        say(`${where}: ${Math.round(turn.rate)} ${thing.unit}`);
      } catch (error) {
        if (!thing.onFailed || signal.aborted) throw error;
        turns.delete(thing);
        thing.onFailed(error);
        say(`${where}: failed`);
      }
    }
  }
  return turns;
}

export const seriesOf = (turns: Turns): readonly Series[] =>
  [...turns].map(([{ name, unit }, all]) => ({
    name,
    unit,
    rates: all.map(({ rate }) => Math.round(rate * 10) / 10),
    detail: all.at(-1)?.detail ?? {},
  }));

/** Round by round, of the rates or another measure: both of a round stood on the same machine at nearly the same time. */
export function ratios<T extends Turn>(
  turns: Turns<T>,
  subject: Turning<T>,
  reference: Turning<T>,
  of: (turn: T) => number = ({ rate }) => rate,
): readonly number[] {
  const references = turns.get(reference)?.map(of) ?? [];
  return (turns.get(subject) ?? []).map((turn, round) => of(turn) / (references[round] ?? Number.NaN));
}

/** Undefined: nothing is asked of it, or nothing was measured. */
export function isMet({ values, atLeast, below }: Goal): boolean | undefined {
  if (values.length === 0 || (atLeast === undefined && below === undefined)) return undefined;
  const value = median(values);
  return (atLeast === undefined || value >= atLeast) && (below === undefined || value < below);
}
