/** Payments as JSON: the protobuf mapping. */
import type { JsonObject } from '@bufbuild/protobuf';
import { Payment } from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { messageJson } from '../messageJson.ts';

export const paymentJson = (payment: Payment): JsonObject =>
  messageJson('orderlog.payment.v1.Payment', Payment.encode(payment).finish());
