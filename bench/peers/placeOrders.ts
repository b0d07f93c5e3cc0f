/**
 * A closed loop of callers, a process of its own: `node placeOrders.ts '<JSON of PeerLoad>'` prints one JSON line at its end,
 * a PeerResult. Each caller has a connection of its own, places an order, waits for its answer, and places the next.
 */
import { randomUUID } from 'node:crypto';
import { Client } from 'undici';
import { type End, endOf, orderWish, unitsOf } from './workload.ts';

/** What an order's answer tells: how it has ended, or that it is durably accepted and will end. */
export type WaitsFor = 'end' | 'acceptance';

export interface PeerLoad {
  /** POST; `{id}` stands for the order's id. */
  readonly placeUrl: string;
  readonly waitsFor: WaitsFor;
  /** The number of the first order. */
  readonly first: number;
  readonly callers: number;
  /** No order begins later. */
  readonly seconds: number;
  /** No more than so many, if set. */
  readonly orders?: number;
}

export interface PeerResult {
  /** Orders by how they ended; those that were accepted by how they have to. */
  readonly ends: Readonly<Partial<Record<End, number>>>;
  /** Of orders that complete. */
  readonly units: number;
  /** The number of the next order. */
  readonly next: number;
  /** By the clock. */
  readonly startedMs: number;
  readonly lastAnswerMs: number;
  /** From each call to its answer. */
  readonly latenciesMs: readonly number[];
  /** Of this process, since it began. */
  readonly cpuMs: number;
}

const TIMEOUT_MS = 60_000;
const HEADERS = { 'content-type': 'application/json' };
const ANSWERED: Readonly<Record<WaitsFor, number>> = { end: 200, acceptance: 202 };

async function run(load: PeerLoad): Promise<PeerResult> {
  const { placeUrl, waitsFor, first, callers, seconds, orders = Number.POSITIVE_INFINITY } = load;
  const { origin } = new URL(placeUrl);
  const path = placeUrl.slice(origin.length);
  const ends: Partial<Record<End, number>> = {};
  const latenciesMs: number[] = [];
  let [next, units] = [first, 0];
  const startedMs = Date.now();
  const stopMs = performance.now() + seconds * 1_000;
  const caller = async () => {
    const client = new Client(origin, { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
    while (performance.now() < stopMs && next - first < orders) {
      const wish = orderWish(next++);
      const beganMs = performance.now();
      const text = await place(client, path.replace('{id}', randomUUID()), JSON.stringify(wish), waitsFor);
      latenciesMs.push(Math.round(performance.now() - beganMs));
      const end = waitsFor === 'end' ? (JSON.parse(text) as { status: End }).status : endOf(wish);
      ends[end] = (ends[end] ?? 0) + 1;
      if (end === 'COMPLETED') units += unitsOf(wish);
    }
    await client.close();
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const lastAnswerMs = Date.now();
  const { user, system } = process.cpuUsage();
  return { ends, units, next, startedMs, lastAnswerMs, latenciesMs, cpuMs: (user + system) / 1_000 };
}

async function place(client: Client, path: string, body: string, waitsFor: WaitsFor): Promise<string> {
  const response = await client.request({ path, method: 'POST', headers: HEADERS, body });
  // Read to its end, or the connection cannot be used again.
  const text = await response.body.text();
  if (response.statusCode === ANSWERED[waitsFor]) return text;
  throw new Error(`an order is answered ${response.statusCode}: ${text}`);
}

process.stdout.write(`${JSON.stringify(await run(JSON.parse(process.argv[2] ?? '{}')))}\n`);
