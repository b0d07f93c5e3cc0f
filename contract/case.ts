/** One thing that the contract promises of one rpc, and how it is seen. */

/** What a case is about; a column of the table. */
export const SUITES = [
  'fields',
  'text',
  'wire',
  'random',
  'reads',
  'watches',
  'idempotency',
  'unknown ids',
  'deadlines',
  'pages',
  'reflection',
  'health',
  'golden',
] as const;
export type Suite = (typeof SUITES)[number];

export interface Case {
  readonly suite: Suite;
  /** What is judged: an rpc's title, an event's full name. */
  readonly subject: string;
  /** Unique within suite and subject. */
  readonly name: string;
  /** Resolves if it held. Throws Violation, NotOffered; anything else is a failure too, of the run. */
  run(): Promise<void>;
}

/** Makes the cases of a suite about one subject. */
export const casesOn =
  (suite: Suite, subject: string) =>
  (name: string, run: () => Promise<void>): Case => ({ suite, subject, name, run });

/** The contract is broken. */
export class Violation extends Error {
  readonly expected: string;
  readonly got: string;
  /** As JSON. */
  readonly request: string | undefined;

  constructor(expected: string, got: string, request?: string) {
    super(`expected ${expected}, got ${got}`);
    this.name = 'Violation';
    this.expected = expected;
    this.got = got;
    this.request = request;
  }
}

/** The implementation says that it does not offer this (UNIMPLEMENTED): nothing was shown, neither way. */
export class NotOffered extends Error {}

export type Verdict =
  | { readonly kind: 'held' }
  | { readonly kind: 'notOffered' }
  | { readonly kind: 'failed'; readonly expected: string; readonly got: string; readonly request?: string };

export interface Result {
  readonly suite: Suite;
  readonly subject: string;
  readonly name: string;
  readonly verdict: Verdict;
  readonly durationMs: number;
}
