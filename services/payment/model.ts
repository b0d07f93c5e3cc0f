/** The Payment service's write side: one aggregate, the payment of an order. */
import { derivedId } from '../../platform/ids.ts';
import type { NewTask, WriteModel } from '../../platform/writeModel.ts';
import { PaymentStarted } from '../../proto/gen/orderlog/payment/v1/events.ts';
import { orderIdOf, type PaymentCommand, paymentIdOf } from './domain/commands.ts';
import { paymentDecider } from './domain/decide.ts';
import { type PaymentEvent, paymentEvents } from './domain/events.ts';
import type { PaymentState } from './domain/state.ts';
import { paymentsTable } from './store.ts';

/** Asks the provider for the charge (chargeTask.ts). The payload is the PaymentStarted message. */
export const CHARGE_TASK = 'charge';

const rowOf = (orderId: string) => ({ table: paymentsTable.name, key: paymentIdOf(orderId) });

const chargeTask = (started: PaymentStarted): NewTask => ({
  taskId: derivedId(`task/${CHARGE_TASK}/${started.paymentId}`),
  kind: CHARGE_TASK,
  payload: PaymentStarted.encode(started).finish(),
});

export const paymentModel: WriteModel<PaymentState, PaymentCommand, PaymentEvent> = {
  service: 'payment',
  codec: paymentEvents,
  decider: paymentDecider,
  tables: [paymentsTable],
  keysOf: (command) => [rowOf(orderIdOf(command))],
  assemble: (row, command) => row(rowOf(orderIdOf(command))) as PaymentState,
  pick: (state) => state,
  address({ data }) {
    const orderId = data.context?.orderId ?? '';
    return {
      table: paymentsTable.name,
      key: data.paymentId,
      streamId: data.paymentId,
      partitionKey: orderId,
    };
  },
  tasksOf: (event) => (event.type === 'PaymentStarted' ? [chargeTask(event.data)] : []),
};
