/** An explanation as JSON: the protobuf mapping. */
import type { JsonObject } from '@bufbuild/protobuf';
import { ExplainOrderResponse, type HistoryEvent } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { knownAny, messageJson } from '../messageJson.ts';

/** The payload of an event that this version does not know is left out. */
export function explanationJson(explanation: ExplainOrderResponse): JsonObject {
  const readable = (event: HistoryEvent | undefined) => event && { ...event, event: knownAny(event.event) };
  const known = {
    ...explanation,
    steps: explanation.steps.map((step) => ({ ...step, outcome: readable(step.outcome) })),
    events: explanation.events.map((each) => ({ ...each, event: readable(each.event) })),
  };
  return messageJson('orderlog.order.v1.ExplainOrderResponse', ExplainOrderResponse.encode(known).finish());
}
