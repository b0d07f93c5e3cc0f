/** A charge by rpc: a command, and then a wait for the provider's definite answer. */
import type { Tx } from '../../platform/database.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { StoredEvent } from '../../platform/events.ts';
import { runCommand } from '../../platform/grpc/command.ts';
import type { CallInfo } from '../../platform/grpc/service.ts';
import { amountOf } from '../../platform/money.ts';
import { createOutcomeWatch } from '../../platform/outcomeWatch.ts';
import { required } from '../../platform/policies.ts';
import { type Keyring, seal } from '../../platform/sealing.ts';
import type { ServiceParts } from '../../platform/writeService/spec.ts';
import { type ChargeRequest, ChargeResponse } from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { type PaymentCommand, paymentIdOf, type StartCharge } from './domain/commands.ts';
import { isKnown, type PaymentCase } from './domain/state.ts';
import { paymentsTable } from './store.ts';
import { chargeOutcome } from './view.ts';

/** What tells how charges ended. */
export interface ChargeOutcomes {
  /** Waits for it; `isOpen`: it was not known when the caller asked for the charge, just now. */
  of(
    orderId: string,
    db: Tx,
    call: Pick<CallInfo, 'signal' | 'deadline'>,
    isOpen: boolean,
  ): Promise<ChargeResponse>;
}

export interface ChargeWatch extends ChargeOutcomes {
  /** Wakes those who wait, after a COMMIT of this process. */
  onCommitted(events: readonly StoredEvent[]): void;
  /** Nobody waits any longer (UNAVAILABLE): the charges go on without this process. */
  close(afterMs?: number): void;
}

/** For callers without a deadline. */
const MAX_WAIT_MS = 60_000;
/** What an answer may need on its way. */
const ANSWER_MS = 500;

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
  let isOpen = false;
  // What is remembered is that this request asked for the charge; its outcome is the payment's, and does not change.
  await runCommand(queue, call, {
    command: startCharge(request, tokenKeys),
    requestId: request.requestId,
    responseType: ChargeResponse,
    reply({ state: { payment } }) {
      isOpen = isKnown(payment) && chargeOutcome(payment) === undefined;
      return ChargeResponse.fromPartial({});
    },
  });
  return outcomes.of(request.orderId, db, call, isOpen);
}

/** Whoever calls by rpc drives the saga: policies leave these events alone. */
function startCharge(request: ChargeRequest, tokenKeys: Keyring): StartCharge {
  const { orderId } = request;
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

/** What they are told is read, so that it is the same for those who ask later. */
export function watchCharges(): ChargeWatch {
  const watch = createOutcomeWatch<ChargeResponse>({ read: readOutcomes, notYet: chargeGoesOn, stopping });
  return {
    onCommitted: (events) => watch.look(events.map(({ streamId }) => streamId)),
    close: watch.close,
    of(orderId, db, { signal, deadline }, isOpen) {
      // A little before the caller gives up: what is told in time is that it goes on.
      const leftMs = deadline ? deadline.getTime() - Date.now() - ANSWER_MS : MAX_WAIT_MS;
      const ms = Math.min(MAX_WAIT_MS, leftMs);
      return watch.of(paymentIdOf(orderId), { db, signal, ms, hadNone: isOpen });
    },
  };
}

async function readOutcomes(
  db: Tx,
  paymentIds: readonly string[],
): Promise<ReadonlyMap<string, ChargeResponse>> {
  const outcomes = new Map<string, ChargeResponse>();
  for (const [paymentId, { state }] of await paymentsTable.read(db, paymentIds)) {
    const outcome = isKnown(state) ? chargeOutcome(state) : undefined;
    if (outcome) outcomes.set(paymentId, outcome);
  }
  return outcomes;
}

/** The charge is durable, and so is asked for until its outcome is known; this call has waited long enough. */
export const chargeGoesOn = (): OrderlogError =>
  new OrderlogError(
    'DEADLINE_EXCEEDED',
    'CHARGE_UNKNOWN',
    "the provider's answer is not known yet: the charge goes on; ask GetPayment, or repeat with the same request_id",
    { retryAfterMs: 1_000 },
  );

const stopping = (): OrderlogError =>
  new OrderlogError(
    'UNAVAILABLE',
    'SHUTTING_DOWN',
    'the charge goes on, but this replica is stopping: repeat with the same request_id, or ask GetPayment',
    { retryAfterMs: 1_000 },
  );
