/** Watches as clients of streams have them: when one ends before the order has, they come back with the version that they know. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isRepeatable } from '../e2e/support/orders.ts';
import type { GrpcClient } from '../platform/grpc/client.ts';
import type { OrderQueryServiceService } from '../proto/gen/orderlog/query/v1/query_service.ts';
import type { Rest } from './rest.ts';

export interface Watching {
  readonly orderId: string;
  /** Told each time that it has to come back. */
  readonly onResumed: () => void;
}

/** How long an order may take to end, whatever is done to the system. */
const GIVE_UP_MS = 90_000;
const COME_BACK_AFTER_MS = 200;
/** Such a status says when to come back. */
const MAY_PASS = [429, 502, 503, 504];
const ENDS = ['OrderCompleted', 'OrderRejected', 'OrderCancelled'].map((name) => `orderlog.order.v1.${name}`);

type Query = GrpcClient<typeof OrderQueryServiceService>;

/** Resolves with the end. Throws where a version was told twice or left out, and what no coming back helps against. */
export async function watchByGrpc(query: Query, { orderId, onResumed }: Watching): Promise<void> {
  const seen = createSequence();
  const untilMs = performance.now() + GIVE_UP_MS;
  for (; performance.now() < untilMs; await sleep(COME_BACK_AFTER_MS)) {
    try {
      const updates = query.watchOrder({ orderId, afterVersion: seen.last() }, { timeoutMs: GIVE_UP_MS });
      for await (const { event, snapshot } of updates) {
        if (snapshot) seen.isAt(snapshot.version);
        if (event && seen.next(event.version) && ENDS.includes(event.type)) return;
      }
      // An end that was in what came first.
      return;
    } catch (error) {
      if (!isRepeatable(error)) throw error;
    }
    onResumed();
  }
  throw new Error(`a watch of ${orderId} was not told the end within ${GIVE_UP_MS / 1_000} s`);
}

/** The same, as an EventSource. */
export async function watchByRest(rest: Rest, { orderId, onResumed }: Watching): Promise<void> {
  const seen = createSequence();
  const untilMs = performance.now() + GIVE_UP_MS;
  for (; performance.now() < untilMs; await sleep(COME_BACK_AFTER_MS)) {
    const headers = { 'last-event-id': String(seen.last()) };
    const response = await rest.stream(`/v1/orders/${orderId}/events`, headers).catch(() => undefined);
    if (response?.statusCode === 204) return;
    if (response?.statusCode === 200) {
      let text = '';
      try {
        for await (const chunk of response.setEncoding('utf8')) {
          text += chunk;
          const blocks = text.split('\n\n');
          text = blocks.pop() ?? '';
          for (const block of blocks) if (isEnd(block, seen)) return;
        }
      } catch (error) {
        if (error instanceof OutOfOrder) throw error;
      }
    } else if (response && !MAY_PASS.includes(response.statusCode ?? 0)) {
      throw new Error(`a watch of ${orderId} is answered ${response.statusCode}`);
    }
    response?.destroy();
    onResumed();
  }
  throw new Error(`a watch of ${orderId} was not told the end within ${GIVE_UP_MS / 1_000} s`);
}

function isEnd(block: string, seen: Sequence): boolean {
  const [, event] = /^event: (.*)$/m.exec(block) ?? [];
  const [, id] = /^id: (\d+)$/m.exec(block) ?? [];
  if (event === 'event') seen.next(Number(id));
  if (event === 'snapshot') seen.isAt(Number(id));
  return event === 'end';
}

class OutOfOrder extends Error {}

interface Sequence {
  last(): number;
  /** Throws unless it is the one after the last. */
  next(version: number): true;
  /** As a snapshot says, which makes good what was missed. */
  isAt(version: number): void;
}

function createSequence(): Sequence {
  // From its being placed a client knows the first.
  let last = 1;
  return {
    last: () => last,
    next(version) {
      if (version !== last + 1) throw new OutOfOrder(`a watch told version ${version} after ${last}`);
      last = version;
      return true;
    },
    isAt(version) {
      last = version;
    },
  };
}
