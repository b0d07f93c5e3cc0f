/** A law that an answer breaks. */
export interface Problem {
  readonly expected: string;
  readonly got: string;
}
