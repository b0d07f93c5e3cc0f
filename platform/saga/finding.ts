/** What the lint finds wrong with a definition, and how to mend it. */

export interface Finding {
  /** The rule that is broken. */
  readonly rule: string;
  /** Full name of an event, name of a step, or name of the saga. */
  readonly subject: string;
  readonly message: string;
  readonly mend: string;
}

/** Of one rule. */
export const findings =
  (rule: string) =>
  (subject: string, message: string, mend: string): Finding => ({ rule, subject, message, mend });
