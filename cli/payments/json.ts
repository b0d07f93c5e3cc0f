/** Payments as JSON: the protobuf mapping. */
import type { JsonObject } from '@bufbuild/protobuf';
import { messageJson } from '../../platform/messageJson.ts';
import { Payment } from '../../proto/gen/orderlog/payment/v1/payment_service.ts';

export const paymentJson = (payment: Payment): JsonObject =>
  messageJson('orderlog.payment.v1.Payment', Payment.encode(payment).finish());
