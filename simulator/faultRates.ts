/**
 * What may go wrong, and how often. Each run draws its own: many faults not at all, some rarely, some often. A run with few
 * kinds of fault gets further into what those do (Groce et al.: "Swarm Testing", ISSTA 2012).
 */
import type { Choices } from './choices.ts';

const NO_FAULTS = {
  crashBeforeCommit: 0,
  crashAfterCommit: 0,
  commitAnswerLost: 0,
  commitLost: 0,
  slowCommit: 0,
  connectionLost: 0,
  answerLost: 0,
  publishLost: 0,
  publishUnknown: 0,
  publishLate: 0,
  leaseRunsOut: 0,
  readAgain: 0,
  holeInDelivery: 0,
  poison: 0,
  peerUnreachable: 0,
  peerGivenUp: 0,
  providerUnreachable: 0,
  providerAnswerLost: 0,
  providerLate: 0,
  providerRefusesRefund: 0,
};

export type FaultName = keyof typeof NO_FAULTS;
/** In percent, where each may happen. */
export type FaultRates = Readonly<Record<FaultName, number>>;

export const noFaults: FaultRates = NO_FAULTS;

const LEVELS = [0, 0, 0, 3, 15];
const RARE: Partial<Record<FaultName, readonly number[]>> = { poison: [0, 0, 0, 0, 3] };

export function drawRates(choices: Choices): FaultRates {
  // Some runs are without any fault.
  if (choices.pick('faults', 8) === 0) return noFaults;
  const names = Object.keys(NO_FAULTS) as FaultName[];
  const drawn = names.map((name) => {
    const levels = RARE[name] ?? LEVELS;
    return [name, levels[choices.pick(`rate of ${name}`, levels.length)] ?? 0];
  });
  return Object.fromEntries(drawn) as FaultRates;
}
