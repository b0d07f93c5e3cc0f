/** How payments are folded from events that come back from the log (platform/recovery), and which of their tasks are open. */
import type { Replayable } from '../../platform/recovery/replay.ts';
import type { PaymentCommand } from './domain/commands.ts';
import type { PaymentEvent } from './domain/events.ts';
import type { PaymentCase, PaymentState } from './domain/state.ts';
import { paymentModel } from './model.ts';
import { chargeTaskIdOf, refundTaskIdOf } from './tasks.ts';

function settledTasksOf({ type, data }: PaymentEvent, { payment }: PaymentCase): readonly string[] {
  switch (type) {
    case 'PaymentProcessed':
    case 'PaymentFailed':
    case 'PaymentVoided':
    case 'PaymentNeedsReview':
      return [chargeTaskIdOf(data.paymentId)];
    case 'PaymentRefunded':
      return payment.status === 'refunding' ? [refundTaskIdOf(data.paymentId, payment.attempt)] : [];
    case 'PaymentRefundFailed':
      return [refundTaskIdOf(data.paymentId, data.attempt)];
    default:
      return [];
  }
}

export const paymentReplay: Replayable<PaymentCase, PaymentCommand, PaymentEvent> = {
  model: paymentModel,
  replay: {
    otherRowsOf: () => [],
    assemble: (row, event) => ({
      payment: row(paymentModel.address(event)) as PaymentState,
      // Nobody knows any more what was begun.
      isChargeUntouched: false,
    }),
    settledTasksOf,
  },
};
