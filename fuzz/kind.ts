/** One way to ask a system for what nobody should: what is sent, made at random (fast-check), and what must be seen then. */
import type { Arbitrary } from 'fast-check';

/** What came of one input. */
export interface Seen {
  /** A word or two for the table of what was tried, such as `INVALID_ARGUMENT` or `400`. */
  readonly outcome: string;
  /** What is wrong with it; undefined: nothing. */
  readonly wrong: string | undefined;
}

export interface Kind<Input> {
  readonly name: string;
  readonly inputs: Arbitrary<Input>;
  /** For people, and for whoever wants to send it again. */
  describe(input: Input): string;
  /** Throws only where the fuzzer itself is at fault. */
  attempt(input: Input): Promise<Seen>;
  close(): void;
}

/** A kind whatever its inputs are. */
export type AnyKind = Kind<unknown>;
export const kind = <Input>(given: Kind<Input>): AnyKind => given as unknown as AnyKind;
