/** What may be asked of a payment. An order has one payment, whose id derives from the order's. */
import { derivedId } from '../../../platform/ids.ts';
import type { Amount } from '../../../platform/money.ts';
import type { SagaContext } from '../../../proto/gen/orderlog/saga/v1/saga.ts';

/** Charge an order. The provider is called after this is committed. */
export interface StartCharge {
  readonly type: 'StartCharge';
  /** The order's, with the sealed token. */
  readonly context: SagaContext;
  readonly amount: Amount;
}

/** The provider has the money. */
export interface RecordCaptured {
  readonly type: 'RecordCaptured';
  readonly orderId: string;
  /** The provider's own id of the charge. */
  readonly providerReference: string;
}

/** The provider definitely declined. */
export interface RecordDeclined {
  readonly type: 'RecordDeclined';
  readonly orderId: string;
  /** The provider's own word. */
  readonly declineCode: string;
  /** For a person to read. */
  readonly message: string;
}

export type PaymentCommand = StartCharge | RecordCaptured | RecordDeclined;

export const orderIdOf = (command: PaymentCommand): string =>
  command.type === 'StartCharge' ? command.context.orderId : command.orderId;

/** The payment's id, and the key under which the provider knows its charge. */
export const paymentIdOf = (orderId: string): string => derivedId(`payment/${orderId}`);
