/** An explanation as JSON: the protobuf mapping. */
import type { JsonObject } from '@bufbuild/protobuf';
import { messageJson } from '../../platform/messageJson.ts';
import { ExplainOrderResponse } from '../../proto/gen/orderlog/order/v1/order_service.ts';

export const explanationJson = (explanation: ExplainOrderResponse): JsonObject =>
  messageJson('orderlog.order.v1.ExplainOrderResponse', ExplainOrderResponse.encode(explanation).finish());
