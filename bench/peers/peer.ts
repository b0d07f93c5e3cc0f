/** A peer that runs: processes of its own, and what can be asked of them over HTTP. */
import type { Item } from './workload.ts';

export interface Peer {
  /** What runs, with versions. */
  readonly version: string;
  /** POST of an order's wish; `{id}` stands for the order's id. Answers `{ status }` once it has ended. */
  readonly placeUrl: string;
  /** Where it goes on with an order by itself: how it is asked to. */
  readonly oneWay?: OneWay;
  /** Before each turn: writes out what is left to write, so that no turn pays for the one before it. */
  settle?(): Promise<void>;
  /** As it can be read by id. */
  status(orderId: string): Promise<string>;
  put(sku: string, item: Item): Promise<void>;
  /** Of each, in this order. */
  available(skus: readonly string[]): Promise<readonly number[]>;
  /** Nothing of it is left then. */
  stop(): Promise<void>;
}

/** Orders whose callers wait for their acceptance only. */
export interface OneWay {
  /** POST of an order's wish; `{id}` stands for the order's id. Answers 202 once it is durably accepted. */
  readonly placeUrl: string;
  /** Orders that have not ended. */
  underWay(): Promise<number>;
  /** When the last order ended, by the clock. */
  lastEndMs(): Promise<number>;
  /** How many orders there are with each status, of all that have ever been placed. */
  byStatus(): Promise<ReadonlyMap<string, number>>;
}

/** Where a peer finds its things. */
export interface PeerPlace {
  /** Its own. */
  readonly folder: string;
  readonly providerUrl: string;
  readonly signal: AbortSignal;
}

export type StartPeer = (place: PeerPlace) => Promise<Peer>;

/** Asks in JSON. Throws with the answer's text where it is no success. */
export async function ask(url: string, method: 'GET' | 'POST' | 'PUT', body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answers ${response.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

const AT_ONCE = 32;

/** A few at once, in order. */
export async function askAll<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = Array(items.length);
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
