/** The table: what befalls the system, and the scenarios that go through it. */
import type { Group } from './disturbance.ts';
import { cancels } from './scenarios/cancels.ts';
import { outcomes } from './scenarios/outcomes.ts';
import { repeats } from './scenarios/repeats.ts';

export const groups: readonly Group[] = [
  {
    disturbance: { what: 'while nothing disturbs it' },
    scenarios: [...outcomes, ...repeats, ...cancels],
  },
];
