/**
 * `npm start -- --demo`: a few orders a second through the public interface, as a small shop would have them, so that there is
 * something to see. Each waits for nobody: what fails is tried no second time, since another one comes at once.
 */

import { randomUUID } from 'node:crypto';
import { OrderlogError } from '../../platform/errors.ts';
import { createClient } from '../../platform/grpc/client.ts';
import { pause } from '../../platform/wait.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { asCaller } from '../token/own.ts';
import { type DemoOrder, demoOrder } from './demoOrder.ts';

const PER_SECOND = 2;
/** More are not in progress at once: the load is gentle when the system is not well, too. */
const MAX_OPEN = 20;
const CALL_TIMEOUT_MS = 30_000;

export interface DemoLoadOptions {
  /** The Order service's. */
  readonly address: string;
  readonly signal: AbortSignal;
  /** Told when orders are refused, and when they are taken again. */
  readonly tell: (line: string) => void;
  readonly random?: () => number;
}

/** Until the signal; then all calls are given up. Never throws what the system answers. */
export async function runDemoLoad({
  address,
  signal,
  tell,
  random = Math.random,
}: DemoLoadOptions): Promise<void> {
  const client = createClient(OrderServiceService, address, asCaller);
  const call = { signal, timeoutMs: CALL_TIMEOUT_MS };
  const open = new Set<Promise<void>>();
  let isTaken = true;
  const note = (problem: string | undefined) => {
    if (isTaken === (problem === undefined) || signal.aborted) return;
    isTaken = problem === undefined;
    tell(
      problem === undefined ? 'demo: orders are taken again' : `demo: orders are not taken now: ${problem}`,
    );
  };
  const place = async ({ request, cancelAfterMs }: DemoOrder) => {
    try {
      const { orderId } = await client.placeOrder({ requestId: randomUUID(), ...request }, call);
      note(undefined);
      if (cancelAfterMs === undefined) return;
      await pause(cancelAfterMs, signal);
      await client.cancelOrder({ requestId: randomUUID(), orderId, message: 'changed my mind' }, call);
    } catch (error) {
      if (!(error instanceof OrderlogError)) throw error;
      // An order that was rejected cannot be cancelled: that is part of the play.
      if (error.code !== 'FAILED_PRECONDITION') note(error.message);
    }
  };
  while (!signal.aborted) {
    if (open.size < MAX_OPEN) {
      const placing: Promise<void> = place(demoOrder(random)).finally(() => open.delete(placing));
      open.add(placing);
    }
    await pause(1_000 / PER_SECOND, signal);
  }
  await Promise.all(open);
  client.close();
}
