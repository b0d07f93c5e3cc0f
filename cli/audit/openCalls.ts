/** The calls of direct sagas that are still to be made, or whose answer is not committed: their tasks stand beside the orders. */
import { sql } from 'kysely';
import type { StoredEvent } from '../../platform/events.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { type CallName, callTaskIdOf, lateCallName } from '../../services/order/direct/tasks.ts';
import { orderEvents } from './events.ts';
import { REQUESTS } from './lifecycle.ts';
import type { Snapshot } from './snapshot.ts';

const CALLS: readonly CallName[] = [...REQUESTS, ...lateCallName('CancelPaymentRequested')];

/** By order; those that call nobody are left out. */
export async function openCallsOf(
  { tx }: Snapshot,
  orders: ReadonlyMap<string, readonly StoredEvent[]>,
): Promise<ReadonlyMap<string, readonly CallName[]>> {
  const direct = [...orders].filter(([, [first]]) => isDirect(first)).map(([orderId]) => orderId);
  const calls = new Map(
    direct.flatMap((orderId) =>
      CALLS.map((call) => [callTaskIdOf(orderId, call), { orderId, call }] as const),
    ),
  );
  const open = new Map<string, CallName[]>();
  if (calls.size === 0) return open;
  const { rows } = await sql<{ task_id: string }>`
    select task_id from tasks where task_id = any(${[...calls.keys()]}::uuid[])`.execute(tx);
  for (const { task_id } of rows) {
    const found = calls.get(task_id);
    if (found) open.set(found.orderId, [...(open.get(found.orderId) ?? []), found.call]);
  }
  return open;
}

function isDirect(first: StoredEvent | undefined): boolean {
  if (!first) return false;
  try {
    const event = orderEvents.decode(first.type, first.payload);
    return event?.data.context?.mode === SagaMode.SAGA_MODE_DIRECT;
  } catch {
    // `history` tells of it.
    return false;
  }
}
