/**
 * A closed loop of callers, a process of its own: `node placeOrders.ts '<JSON of PeerLoad>'` prints one JSON line at its end,
 * a PeerResult. Each caller places an order, waits for how it ended, and places the next. Orders count up to the last answer.
 */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { type End, orderWish, unitsOf } from './workload.ts';

export interface PeerLoad {
  readonly placeUrl: string;
  /** The number of the first order. */
  readonly first: number;
  readonly callers: number;
  readonly seconds: number;
}

export interface PeerResult {
  /** Orders by how they ended. */
  readonly ends: Readonly<Partial<Record<End, number>>>;
  /** Of completed orders. */
  readonly units: number;
  /** The number of the next order. */
  readonly next: number;
  readonly seconds: number;
  /** In ms, from the call to the order's end. */
  readonly p50: number;
  readonly p99: number;
}

const TIMEOUT_MS = 60_000;

async function run({ placeUrl, first, callers, seconds }: PeerLoad): Promise<PeerResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const ends: Partial<Record<End, number>> = {};
  const latencies: number[] = [];
  let [next, units] = [first, 0];
  const startedMs = performance.now();
  const endsMs = startedMs + seconds * 1_000;
  const caller = async () => {
    while (performance.now() < endsMs) {
      const wish = orderWish(next++);
      const beganMs = performance.now();
      const status = await place(agent, placeUrl.replace('{id}', randomUUID()), JSON.stringify(wish));
      latencies.push(performance.now() - beganMs);
      ends[status] = (ends[status] ?? 0) + 1;
      if (status === 'COMPLETED') units += unitsOf(wish);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const sorted = latencies.sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  agent.destroy();
  const took = (performance.now() - startedMs) / 1_000;
  return { ends, units, next, seconds: took, p50: at(0.5), p99: at(0.99) };
}

const place = (agent: Agent, url: string, body: string): Promise<End> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request(url, { method: 'POST', agent, headers, timeout: TIMEOUT_MS }, async (response) => {
      try {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        if (response.statusCode !== 200)
          throw new Error(`an order is answered ${response.statusCode}: ${text}`);
        resolve((JSON.parse(text) as { status: End }).status);
      } catch (error) {
        reject(error);
      }
    });
    call.once('timeout', () => call.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)));
    call.once('error', reject);
    call.end(body);
  });

process.stdout.write(`${JSON.stringify(await run(JSON.parse(process.argv[2] ?? '{}')))}\n`);
