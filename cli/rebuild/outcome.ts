/** What became of a rebuild, and who is told meanwhile. */
import type { OnProgress } from '../../platform/recovery/survey.ts';
import type { Comparison } from './comparison.ts';

interface Of {
  readonly projection: string;
}

/** From one generation to another. */
interface Between extends Of {
  readonly from: string;
  readonly to: string;
}

interface Filled extends Between {
  /** Written by this run, and in how many seconds. */
  readonly events: number;
  readonly seconds: number;
  readonly comparison: Comparison;
}

export type Outcome =
  | ({ readonly action: 'switched'; readonly heldMs: number } & Filled)
  | ({ readonly action: 'compared' } & Filled)
  | ({ readonly action: 'differs'; readonly comparison: Comparison } & Between)
  | ({ readonly action: 'rolledBack'; readonly heldMs: number } & Between)
  | ({ readonly action: 'dropped'; readonly id: string } & Of);

export interface Screen {
  say(text: string): void;
  /** A bar for one step; `end` when the step is over. */
  bar(what: string): { readonly onProgress: OnProgress; end(): void };
}
