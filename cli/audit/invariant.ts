/** An invariant of the whole system: what it promises, and how that is checked. */
import type { Findings } from './finding.ts';
import type { Look } from './look.ts';

export interface Report extends Findings {
  /** How far the check is. */
  progress(done: number, total: number): void;
  /** Findings under the name of one of the invariant's parts. */
  of(invariant: string): Findings;
}

export interface Invariant {
  readonly name: string;
  readonly promise: string;
  /**
   * Messages of violations that are the same fault in the second look whatever their evidence is by then: counts and versions go
   * on while it stays. Only for what is told once of a subject, and read at one moment: a difference between two stores may be
   * in flight in both looks.
   */
  readonly lasting?: readonly string[];
  /** Why it cannot be checked with these sources; undefined: it can. */
  skipped?(look: Look): string | undefined;
  /** Throws what the servers' clients throw: then nobody could look. */
  check(look: Look, report: Report): Promise<void>;
}
