/** An order's payment, as its row tells it. */
import type { Tx } from '../../platform/database.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { Versioned } from '../../platform/writeModel.ts';
import { paymentIdOf } from './domain/commands.ts';
import { paymentUnreadable } from './domain/refusals.ts';
import type { KnownPayment, PaymentState } from './domain/state.ts';
import { paymentsTable } from './store.ts';

/** undefined: the order has none. */
export async function readPayment(db: Tx, orderId: string): Promise<Versioned<KnownPayment> | undefined> {
  const paymentId = paymentIdOf(orderId);
  const found = (await paymentsTable.read(db, [paymentId])).get(paymentId);
  return found && { state: knownPayment(found.state), version: found.version };
}

/** Throws for a row that only a newer version can read. */
export function knownPayment(state: PaymentState): KnownPayment {
  if (state.status === 'none') throw new Error('there is no payment after its own command');
  if (state.status === 'unreadable') {
    throw new OrderlogError('UNAVAILABLE', paymentUnreadable.reason, paymentUnreadable.message);
  }
  return state;
}
