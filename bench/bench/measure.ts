/** What is measured, and beside what: the interface between the frame (run by `npm run bench`) and what it measures. */

/** What is measured in one turn, beside what it is compared with. */
export interface Measurement {
  /** 'relay', 'command path', 'restate'. */
  readonly name: string;
  /** 'events/s'. */
  readonly unit: string;
  /** The rate of one turn of about `seconds`; progress by `say`. Everything it needs is started in `prepare` and stopped in `close`. */
  run(seconds: number, say: (line: string) => void): Promise<Turn>;
  close(): Promise<void>;
}

export interface Turn {
  readonly rate: number;
  readonly detail?: Readonly<Record<string, number | string>>;
}

/** A pair that is measured interleaved, round by round: ratio = subject / reference. */
export interface Comparison {
  readonly id: string;
  readonly title: string;
  /** How the ratio must be at least, where the issue states a target. */
  readonly target?: number;
  prepare(context: BenchContext): Promise<{ readonly subject: Measurement; readonly reference: Measurement }>;
}

export interface BenchContext {
  readonly quick: boolean;
  readonly signal: AbortSignal;
  say(line: string): void;
  readonly folder: string;
}
