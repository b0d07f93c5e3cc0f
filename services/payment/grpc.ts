/** PaymentService: a charge is a command, and then a wait for the provider's definite answer. */
import type { Tx } from '../../platform/database.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { runCommand } from '../../platform/grpc/command.ts';
import { type CallInfo, type OfferedService, offer } from '../../platform/grpc/service.ts';
import { amountOf } from '../../platform/money.ts';
import { required } from '../../platform/policies.ts';
import { type Keyring, seal } from '../../platform/sealing.ts';
import { pause } from '../../platform/wait.ts';
import type { Versioned } from '../../platform/writeModel.ts';
import type { ServiceParts } from '../../platform/writeService.ts';
import {
  type ChargeRequest,
  ChargeResponse,
  PaymentServiceService,
} from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { type PaymentCommand, paymentIdOf, type StartCharge } from './domain/commands.ts';
import { paymentUnreadable } from './domain/refusals.ts';
import type { KnownPayment, PaymentState } from './domain/state.ts';
import { paymentsTable } from './store.ts';
import { chargeOutcome, paymentMessage } from './view.ts';

type Parts = ServiceParts<PaymentState, PaymentCommand>;

/** For callers without a deadline. */
const MAX_WAIT_MS = 60_000;
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 500;

export const paymentService =
  (tokenKeys: Keyring) =>
  (parts: Parts): readonly OfferedService[] => [
    offer(
      PaymentServiceService,
      {
        async charge(request, call) {
          const refusal = parts.backlog.refusal();
          if (refusal) throw refusal;
          // What is remembered is that this request asked for the charge; its outcome is the payment's, and does not change.
          await runCommand(parts.queue, call, {
            command: startCharge(request, tokenKeys),
            requestId: request.requestId,
            responseType: ChargeResponse,
            reply: () => ChargeResponse.fromPartial({}),
          });
          return outcomeOf(parts.db, request.orderId.toLowerCase(), call);
        },

        async getPayment({ orderId }) {
          const id = orderId.toLowerCase();
          const payment = await readPayment(parts.db, id);
          if (!payment)
            throw new OrderlogError('NOT_FOUND', 'PAYMENT_NOT_FOUND', `order ${id} has no payment`);
          return { payment: paymentMessage(payment) };
        },
      },
      ['charge'],
    ),
  ];

/** Whoever calls by rpc drives the saga: policies leave these events alone. */
function startCharge(request: ChargeRequest, tokenKeys: Keyring): StartCharge {
  const orderId = request.orderId.toLowerCase();
  return {
    type: 'StartCharge',
    amount: amountOf(required(request.amount, 'amount'), 'amount'),
    context: {
      orderId,
      customerId: request.customerId,
      mode: SagaMode.SAGA_MODE_DIRECT,
      sealedPaymentToken: seal(tokenKeys, request.paymentToken, orderId),
      expectedTotal: undefined,
      deadline: request.deadline,
    },
  };
}

async function outcomeOf(db: Tx, orderId: string, { signal }: CallInfo): Promise<ChargeResponse> {
  const untilMs = performance.now() + MAX_WAIT_MS;
  for (
    let pollMs = FIRST_POLL_MS;
    performance.now() < untilMs;
    pollMs = Math.min(MAX_POLL_MS, pollMs * 1.5)
  ) {
    const payment = await readPayment(db, orderId);
    const outcome = payment && chargeOutcome(payment.state);
    if (outcome) return outcome;
    await pause(pollMs, signal);
    signal.throwIfAborted();
  }
  throw new OrderlogError(
    'DEADLINE_EXCEEDED',
    'CHARGE_UNKNOWN',
    `the provider's answer is not known after ${MAX_WAIT_MS / 1_000} s: the charge goes on; ask GetPayment, or repeat with the same request_id`,
    { retryAfterMs: 1_000 },
  );
}

async function readPayment(db: Tx, orderId: string): Promise<Versioned<KnownPayment> | undefined> {
  const paymentId = paymentIdOf(orderId);
  const found = (await paymentsTable.read(db, [paymentId])).get(paymentId);
  if (!found || found.state.status === 'none') return undefined;
  if (found.state.status === 'unreadable') {
    throw new OrderlogError('UNAVAILABLE', paymentUnreadable.reason, paymentUnreadable.message);
  }
  return { state: found.state, version: found.version };
}
