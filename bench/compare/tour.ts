/**
 * Each kind of order and of read a few times, a repeat, a cancellation, a moment without the provider: nothing of it timed. It
 * shows which code an architecture runs, and that a repeated request makes no second order.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { OrderlogError } from '../../platform/errors.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import type { Bed } from './bed.ts';
import { answered } from './patience.ts';
import { ends, place } from './placing.ts';
import { read } from './reading.ts';
import { orderWish, READ_KINDS } from './workload.ts';

/** Of a moment's failures the provider's breaker takes no notice. */
const DOWN_MS = 150;
const ORDERS = 20;
const READS_OF_A_KIND = 3;

export async function tour(bed: Bed): Promise<void> {
  const now = () => performance.now();
  const placed = await Promise.all(Array.from({ length: ORDERS }, (_, n) => place(bed, orderWish(n), now())));
  const ids = placed.map(({ orderId }) => orderId);
  await ends(bed, ids);
  await repeat(bed);
  await bed.setProvider('down');
  const late = place(bed, orderWish(0), now());
  await sleep(DOWN_MS);
  await bed.setProvider('none');
  const { orderId } = await late;
  await ends(bed, [orderId]);
  await answered(() => bed.orders.cancelOrder({ requestId: randomUUID(), orderId, message: '' }));
  for (const kind of READ_KINDS) {
    for (let n = 0; n < READS_OF_A_KIND; n++)
      await ignoringRefusals(() => answered(() => read(bed, kind, n, ids)));
  }
}

/** Throws if the same request makes two orders. */
async function repeat({ orders }: Bed): Promise<void> {
  const request = {
    requestId: randomUUID(),
    customerId: 'tour',
    lines: [...orderWish(0).lines],
    paymentToken: 'tok_ok',
    expectedTotal: undefined,
    sagaMode: SagaMode.SAGA_MODE_UNSPECIFIED,
  };
  const { value: first } = await answered(() => orders.placeOrder(request));
  const { value: again } = await answered(() => orders.placeOrder(request));
  if (first.orderId !== again.orderId) throw new Error(`one request made two orders: ${request.requestId}`);
}

/** What it cannot answer, it says: that is code that runs too. */
async function ignoringRefusals(ask: () => Promise<unknown>): Promise<void> {
  await ask().catch((error: unknown) => {
    if (!(error instanceof OrderlogError)) throw error;
  });
}
