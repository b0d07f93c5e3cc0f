/** When a judgement is made. */
export interface Moment {
  /** Every event before this has had its effects everywhere: an order without a later one is at rest. */
  readonly settledBefore: Date;
  /** The database's time, for deadlines. */
  readonly now: Date;
}
