/** A promise that was broken. */
export class Violation extends Error {
  /** As numbered in RELIABILITY.md's invariants; `rest`: the system does not come to rest; `bug`: a part threw. */
  readonly invariant: number | 'rest' | 'bug';

  constructor(invariant: Violation['invariant'], message: string) {
    super(message);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}
