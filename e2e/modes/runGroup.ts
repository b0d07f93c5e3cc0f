/** Runs the scenarios of a group, each in every mode, all at the same time. */
import type { Bed } from './bed.ts';
import { type Cast, castFor } from './cast.ts';
import type { Group } from './disturbance.ts';
import { perform } from './perform.ts';
import type { Mode, Scenario } from './scenario.ts';
import { settle } from './settle.ts';
import { place, type Step } from './steps.ts';
import { turns } from './together.ts';

/** A scenario in a mode, or in a mixture of them. */
export interface Case {
  readonly title: string;
  readonly scenario: Scenario;
  readonly modes: readonly Mode[];
}

export interface Outcome {
  /** There once it was set up. */
  readonly cast?: Cast;
  /** What was not as it must be. */
  readonly error?: Error;
}

/** More would only wait for one another. */
const AT_ONCE = 40;

export const casesOf = ({ scenarios }: Group, modes: readonly Mode[]): readonly Case[] =>
  scenarios.flatMap((scenario): readonly Case[] =>
    scenario.mixed
      ? [{ title: `all modes at once: ${scenario.name}`, scenario, modes }]
      : modes.map((mode) => ({ title: `${mode}: ${scenario.name}`, scenario, modes: [mode] })),
  );

/** What came of each. Throws where the disturbance itself could not be made or undone. */
export async function runGroup(
  bed: Bed,
  { disturbance }: Group,
  cases: readonly Case[],
): Promise<ReadonlyMap<Case, Outcome>> {
  const outcomes = new Map<Case, Outcome>(cases.map((each) => [each, {}]));
  /** A step of all that went well so far. */
  const together = (work: (each: Case, cast: Cast) => Promise<void>) => {
    const inTurn = turns(AT_ONCE);
    return Promise.all(
      [...outcomes].map(async ([each, { cast, error }]) => {
        if (error || !cast) return;
        await inTurn(() => work(each, cast)).catch((failure: Error) => {
          outcomes.set(each, { cast, error: failure });
        });
      }),
    );
  };
  await Promise.all(
    cases.map(async (each) => outcomes.set(each, { cast: await castFor(bed, each.scenario, each.modes) })),
  );
  await disturbance.begin?.(bed);
  await together(({ scenario }, cast) => perform(bed, cast, firstSteps(scenario)));
  try {
    await disturbance.strike?.(bed);
    await together(({ scenario }, cast) => perform(bed, cast, scenario.meanwhile ?? []));
  } finally {
    await disturbance.heal?.(bed);
  }
  await together(({ scenario }, cast) => perform(bed, cast, scenario.afterwards ?? []));
  await together((_, cast) => settle(bed, cast));
  return outcomes;
}

const firstSteps = ({ when }: Scenario): readonly Step[] => when ?? [place];
