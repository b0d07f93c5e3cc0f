/** The Payment service's write side: the payment of an order, and beside it the task of its charge. */
import { untouchedTasks } from '../../platform/untouchedTasks.ts';
import type { RowKey, WriteModel } from '../../platform/writeModel.ts';
import { orderIdOf, type PaymentCommand, paymentIdOf } from './domain/commands.ts';
import { paymentDecider } from './domain/decide.ts';
import { type PaymentEvent, paymentEvents } from './domain/events.ts';
import type { PaymentCase, PaymentState } from './domain/state.ts';
import { paymentsTable } from './store.ts';
import { chargeTaskIdOf, newChargeTask, newRefundTask } from './tasks.ts';

const paymentRow = (orderId: string): RowKey => ({ table: paymentsTable.name, key: paymentIdOf(orderId) });
const chargeTaskRow = (orderId: string): RowKey => ({
  table: untouchedTasks.name,
  key: chargeTaskIdOf(paymentIdOf(orderId)),
});

/** Whether the charge has been begun decides how it is cancelled; one batch may hold both its start and its cancellation. */
const looksAtChargeTask = ({ type }: PaymentCommand): boolean =>
  type === 'StartCharge' || type === 'CancelPayment';

export const paymentModel: WriteModel<PaymentCase, PaymentCommand, PaymentEvent> = {
  service: 'payment',
  codec: paymentEvents,
  decider: paymentDecider,
  // Workers commit results in this order too: the payment, then its task.
  tables: [paymentsTable, untouchedTasks],
  keysOf(command) {
    const orderId = orderIdOf(command);
    const payment = paymentRow(orderId);
    return looksAtChargeTask(command) ? [payment, chargeTaskRow(orderId)] : [payment];
  },
  assemble(row, command) {
    const orderId = orderIdOf(command);
    const isChargeUntouched = looksAtChargeTask(command) && row(chargeTaskRow(orderId)) === true;
    return { payment: row(paymentRow(orderId)) as PaymentState, isChargeUntouched };
  },
  pick: ({ payment, isChargeUntouched }, { table }) =>
    table === paymentsTable.name ? payment : isChargeUntouched,
  address({ data }) {
    const orderId = data.context?.orderId ?? '';
    return {
      table: paymentsTable.name,
      key: data.paymentId,
      streamId: data.paymentId,
      partitionKey: orderId,
    };
  },
  tasksOf(event, meta) {
    if (event.type === 'PaymentStarted') return [newChargeTask(event.data)];
    return event.type === 'PaymentRefundStarted' ? [newRefundTask(event.data, meta)] : [];
  },
  withdrawnBy: ({ type, data }) => (type === 'PaymentVoided' ? [chargeTaskIdOf(data.paymentId)] : []),
};
