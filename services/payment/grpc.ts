/** PaymentService: commands through the queue, reads from the rows. */
import { assertOwnSignature } from '../../platform/access/signature.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { runCommand } from '../../platform/grpc/command.ts';
import { pageToken, readPageToken } from '../../platform/grpc/pageToken.ts';
import { type CallInfo, type OfferedService, offer } from '../../platform/grpc/service.ts';
import type { Keyring } from '../../platform/sealing.ts';
import type { Versioned } from '../../platform/writeModel.ts';
import type { ServiceParts } from '../../platform/writeService/spec.ts';
import {
  CancelPaymentResponse,
  PaymentServiceService,
  RefundResponse,
  type ResolvePaymentReviewRequest,
  ResolvePaymentReviewResponse,
} from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { ReviewResolution } from '../../proto/gen/orderlog/payment/v1/types.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { type ChargeOutcomes, chargeAndWait } from './chargeRpc.ts';
import type { PaymentCommand } from './domain/commands.ts';
import type { PaymentCase } from './domain/state.ts';
import { noHistory, readHistory } from './history.ts';
import { knownPayment, readPayment } from './readPayment.ts';
import { listPayments } from './store.ts';
import { listedMessage, paymentMessage } from './view.ts';

type Parts = ServiceParts<PaymentCase, PaymentCommand>;
type After = Versioned<PaymentCase>;

const DEFAULT_PAGE_SIZE = 100;

export const paymentService =
  (tokenKeys: Keyring, outcomes: ChargeOutcomes) =>
  (parts: Parts): readonly OfferedService[] => {
    const { db, queue } = parts;
    const run = <R>(
      call: CallInfo,
      requestId: string,
      command: PaymentCommand,
      responseType: { encode(message: R): { finish(): Uint8Array } },
      reply: (after: After) => R,
    ) => runCommand(queue, call, { command, requestId, responseType, reply });

    return [
      offer(
        PaymentServiceService,
        {
          charge: (request, call) => chargeAndWait(parts, tokenKeys, request, call, outcomes),

          cancelPayment({ requestId, orderId, customerId }, call) {
            const context = { ...directContext, orderId, customerId };
            const command = { type: 'CancelPayment', context, message: 'cancelled at Payment' } as const;
            return run(call, requestId, command, CancelPaymentResponse, paymentAfter);
          },

          refund({ requestId, orderId, reason }, call) {
            const command = { type: 'Refund', orderId, message: reason } as const;
            return run(call, requestId, command, RefundResponse, paymentAfter);
          },

          async getPayment({ orderId: id, withHistory = false }) {
            const payment = await readPayment(db, id);
            if (!payment) {
              throw new OrderlogError('NOT_FOUND', 'PAYMENT_NOT_FOUND', `order ${id} has no payment`);
            }
            const history = withHistory ? await readHistory(db, payment.state) : noHistory;
            return { payment: paymentMessage(payment), ...history };
          },

          async listPayments({ needsReview, pageSize, pageToken: token }, { method }) {
            const limit = pageSize || DEFAULT_PAGE_SIZE;
            const scope = [method, String(needsReview)];
            const [afterId = ''] = token === '' ? [] : readPageToken(scope, token);
            const found = await listPayments(db, { needsReview, afterId, limit: limit + 1 });
            const payments = found.slice(0, limit);
            const last = found.length > limit ? payments.at(-1)?.facts.paymentId : undefined;
            return {
              payments: payments.map(listedMessage),
              nextPageToken: last ? pageToken(scope, [last]) : '',
            };
          },

          resolvePaymentReview({ requestId, orderId, ...found }, call) {
            const { resolution, evidence, operatorId, providerReference } = found;
            assertOwnSignature(operatorId, call);
            refuseCaptureWithoutReference(found);
            const command = {
              type: 'ResolveReview',
              orderId,
              resolution,
              evidence,
              operatorId,
              providerReference,
            } as const;
            return run(call, requestId, command, ResolvePaymentReviewResponse, paymentAfter);
          },
        },
        { startsSagas: ['charge'] },
      ),
    ];
  };

/** Whoever calls by rpc drives the saga: policies leave these events alone. */
const directContext = {
  mode: SagaMode.SAGA_MODE_DIRECT,
  sealedPaymentToken: undefined,
  expectedTotal: undefined,
  deadline: undefined,
};

/** Without it the money could never be given back: the provider may have forgotten the key under which it was taken. */
function refuseCaptureWithoutReference({
  resolution,
  providerReference,
}: Pick<ResolvePaymentReviewRequest, 'resolution' | 'providerReference'>): void {
  if (resolution !== ReviewResolution.REVIEW_RESOLUTION_CAPTURED || providerReference !== '') return;
  const description = "is needed for CAPTURED: the provider's own id of the charge";
  throw new OrderlogError('INVALID_ARGUMENT', 'REFERENCE_MISSING', `provider_reference ${description}`, {
    violations: [{ field: 'provider_reference', description }],
  });
}

const paymentAfter = ({ state, version }: After) => ({
  payment: paymentMessage({ state: knownPayment(state.payment), version }),
});
