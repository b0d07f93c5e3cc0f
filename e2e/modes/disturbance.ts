/** What befalls a system while scenarios run in it. */
import type { Bed } from './bed.ts';
import type { Scenario } from './scenario.ts';

export interface Disturbance {
  /** For a title: `while ...`, `when ...`. */
  readonly what: string;
  /** Before the first order is placed. */
  begin?(bed: Bed): Promise<void>;
  /** When every scenario has done its first steps. */
  strike?(bed: Bed): Promise<void>;
  /** When every scenario has done what it does meanwhile. Takes back what `begin` and `strike` did. */
  heal?(bed: Bed): Promise<void>;
}

/** Scenarios that go through the same disturbance at the same time, in all modes. */
export interface Group {
  readonly disturbance: Disturbance;
  readonly scenarios: readonly Scenario[];
}

export const calm: Disturbance = { what: 'while nothing disturbs it' };
