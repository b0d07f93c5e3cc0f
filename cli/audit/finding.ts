/** What an audit finds: a broken promise, or something that is worth knowing and breaks none. */

/** Ids, versions, amounts, sequences: what a person needs to look for himself. */
export type Evidence = Readonly<Record<string, string | number>>;

export interface Finding {
  /** A violation is a broken promise; a note is not. */
  readonly kind: 'violation' | 'note';
  /** The invariant's name. */
  readonly invariant: string;
  /** `order <id>`, `item <sku>`, `ORDERS`, ... */
  readonly subject: string;
  /** One sentence, for a person. */
  readonly message: string;
  readonly evidence: Evidence;
}

/** Gets findings as they are made. */
export interface Findings {
  violation(subject: string, message: string, evidence?: Evidence): void;
  note(subject: string, message: string, evidence?: Evidence): void;
}

/** Findings of one invariant, handed to whoever keeps them. */
export const findingsOf = (invariant: string, keep: (finding: Finding) => void): Findings => ({
  violation: (subject, message, evidence = {}) =>
    keep({ kind: 'violation', invariant, subject, message, evidence }),
  note: (subject, message, evidence = {}) => keep({ kind: 'note', invariant, subject, message, evidence }),
});
