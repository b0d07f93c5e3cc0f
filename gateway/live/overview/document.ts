/**
 * What `GET /v1/live` tells: one JSON document, whole each time, for the console's overview and for whoever wants to see what flows.
 *
 * It comes as server-sent events named `live`: at once, then whenever something in it has changed, at most every 500 ms; `time`
 * alone is no change, and where nothing changes a comment comes every 5 s. All viewers get the same one. Counts begin when
 * somebody looks (`since`), and go on for half a minute after nobody does. Times are RFC 3339; statuses are named as in JSON.
 */

export interface LiveDocument {
  /** When it was put together. */
  readonly time: string;
  /** Since when the logs have been followed: totals count from here. */
  readonly since: string;
  /** Whether what happens is heard of; `detail`: why not. */
  readonly logs: readonly {
    readonly stream: string;
    readonly following: boolean;
    readonly detail: string | null;
  }[];
  readonly flow: Flow;
  readonly orders: Orders;
  /** Of the read model; null: it cannot be told. */
  readonly lag: Lag | null;
  readonly parts: readonly Part[];
  readonly parked: readonly Parked[];
  /** Of stream ORDERS, newest first, at most 20. */
  readonly recentEvents: readonly RecentEvent[];
  /** Newest first, at most 10: why events were parked, and what is down. */
  readonly errors: readonly { readonly time: string; readonly part: string; readonly message: string }[];
}

export interface Flow {
  /** What the rates are taken over. */
  readonly windowSeconds: number;
  /** Every event of the saga's definition, in its order. */
  readonly events: readonly FlowEvent[];
}

export interface FlowEvent {
  /** Short name, such as OrderCreated. */
  readonly type: string;
  /** Whose event it is. */
  readonly service: string;
  /** The saga's step; null for its start and ends. */
  readonly step: string | null;
  readonly boundary: 'START' | 'COMPLETE' | 'ROLLBACK' | null;
  /** To a tenth. */
  readonly perSecond: number;
  readonly total: number;
}

export interface StatusCount {
  readonly status: string;
  readonly count: number;
}

export interface Orders {
  /** Not ended, as the log has told since it has been followed; every such status. */
  readonly inFlight: readonly StatusCount[];
  /** Ended since then; every such status. */
  readonly ended: readonly StatusCount[];
  /** All of them, by the read model; null: it cannot be asked, or there is none. */
  readonly readModel: {
    readonly time: string;
    /** 10,000 stands for that many or more. */
    readonly total: number;
    /** Those that occur. */
    readonly counts: readonly StatusCount[];
  } | null;
}

export interface Lag {
  readonly events: number;
  /** Age of the oldest event that is not projected yet; 0: there is none. */
  readonly milliseconds: number;
  /** Where stream ORDERS ends. */
  readonly logSequence: number;
  readonly readModelSequence: number;
  /** Of the last minute's events, from commit to where they could be read (metrics/readModelLag.ts); null: there were none. */
  readonly p50Milliseconds: number | null;
  readonly p99Milliseconds: number | null;
}

/** As /readyz tells it. */
export interface Part {
  readonly name: string;
  readonly ready: boolean;
  readonly detail: string | null;
  /** Since when it is so, as far as was looked. */
  readonly since: string;
}

export interface Parked {
  readonly service: string;
  /** null: the service cannot be asked. */
  readonly count: number | null;
  /** There are at least as many. */
  readonly isMore: boolean;
}

export interface RecentEvent {
  readonly sequence: number;
  readonly orderId: string;
  /** Short name. */
  readonly type: string;
  readonly version: number;
  readonly time: string;
}
