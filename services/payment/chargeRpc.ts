/** A charge by rpc: a command, and then a wait for the provider's definite answer. */
import type { Tx } from '../../platform/database.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { runCommand } from '../../platform/grpc/command.ts';
import type { CallInfo } from '../../platform/grpc/service.ts';
import { amountOf } from '../../platform/money.ts';
import { required } from '../../platform/policies.ts';
import { type Keyring, seal } from '../../platform/sealing.ts';
import { pause } from '../../platform/wait.ts';
import type { ServiceParts } from '../../platform/writeService.ts';
import { type ChargeRequest, ChargeResponse } from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import type { PaymentCommand, StartCharge } from './domain/commands.ts';
import type { PaymentCase } from './domain/state.ts';
import { readPayment } from './readPayment.ts';
import { chargeOutcome } from './view.ts';

/** Tells how a charge ended, once it has. */
export type ChargeOutcomes = (
  orderId: string,
  db: Tx,
  call: Pick<CallInfo, 'signal' | 'deadline'>,
) => Promise<ChargeResponse>;

/** For callers without a deadline. */
const MAX_WAIT_MS = 60_000;
/** What an answer may need on its way. */
const ANSWER_MS = 500;
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 500;

/** Throws DEADLINE_EXCEEDED, CHARGE_UNKNOWN where the outcome is not known in time: the charge goes on. */
export async function chargeAndWait(
  { backlog, queue, db }: ServiceParts<PaymentCase, PaymentCommand>,
  tokenKeys: Keyring,
  request: ChargeRequest,
  call: CallInfo,
  outcomes: ChargeOutcomes,
): Promise<ChargeResponse> {
  const refusal = backlog.refusal();
  if (refusal) throw refusal;
  // What is remembered is that this request asked for the charge; its outcome is the payment's, and does not change.
  await runCommand(queue, call, {
    command: startCharge(request, tokenKeys),
    requestId: request.requestId,
    responseType: ChargeResponse,
    reply: () => ChargeResponse.fromPartial({}),
  });
  return outcomes(request.orderId.toLowerCase(), db, call);
}

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

/** Looks for the outcome now and then, up to a little before the caller gives up: what is told in time is that it goes on. */
export const pollOutcome: ChargeOutcomes = async (orderId, db, { signal, deadline }) => {
  const leftMs = deadline ? deadline.getTime() - Date.now() - ANSWER_MS : MAX_WAIT_MS;
  const untilMs = performance.now() + Math.min(MAX_WAIT_MS, leftMs);
  for (
    let pollMs = FIRST_POLL_MS;
    performance.now() < untilMs;
    pollMs = Math.min(MAX_POLL_MS, pollMs * 1.5)
  ) {
    const payment = await readPayment(db, orderId);
    const outcome = payment && chargeOutcome(payment.state);
    if (outcome) return outcome;
    await pause(Math.min(pollMs, Math.max(0, untilMs - performance.now())), signal);
    signal.throwIfAborted();
  }
  throw chargeGoesOn();
};

/** The charge is durable, and so is asked for until its outcome is known; this call has waited long enough. */
export const chargeGoesOn = (): OrderlogError =>
  new OrderlogError(
    'DEADLINE_EXCEEDED',
    'CHARGE_UNKNOWN',
    "the provider's answer is not known yet: the charge goes on; ask GetPayment, or repeat with the same request_id",
    { retryAfterMs: 1_000 },
  );
