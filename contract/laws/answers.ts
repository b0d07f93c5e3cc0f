/**
 * What holds for every answer: it is a message of its type with no field that the contract does not know, its texts are
 * what they say they are, and what always has a value has one.
 */
import { type DescMessage, type DescMethod, fromBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { Image } from '../image.ts';
import { fieldValue } from '../status.ts';
import type { Problem } from './problem.ts';

/** Never unset, empty or 0, whatever was asked. */
export const ALWAYS_SET: Readonly<Record<string, readonly string[]>> = {
  'orderlog.order.v1.PlaceOrderResponse': ['order_id', 'status', 'consistency_token'],
  'orderlog.order.v1.CancelOrderResponse': ['order_id', 'status', 'consistency_token'],
  'orderlog.order.v1.GetOrderResponse': ['order'],
  'orderlog.order.v1.GetOrderHistoryResponse': ['events'],
  'orderlog.order.v1.Order': [
    'order_id',
    'customer_id',
    'status',
    'lines',
    'saga_mode',
    'create_time',
    'update_time',
    'deadline',
    'version',
  ],
  'orderlog.order.v1.HistoryEvent': ['event_id', 'type', 'version', 'create_time', 'event'],
  'orderlog.order.v1.ExplainOrderResponse': ['summary', 'status', 'steps'],
  'orderlog.order.v1.PricedLine': ['sku', 'quantity'],
  'orderlog.catalog.v1.PutItemResponse': ['item'],
  'orderlog.catalog.v1.AdjustStockResponse': ['item'],
  'orderlog.catalog.v1.GetItemResponse': ['item'],
  'orderlog.catalog.v1.Item': ['sku', 'name', 'unit_price', 'version'],
  'orderlog.catalog.v1.ReserveItemsResponse': ['reservation'],
  'orderlog.catalog.v1.ReleaseReservationResponse': ['reservation'],
  'orderlog.catalog.v1.ConfirmReservationResponse': ['reservation'],
  'orderlog.catalog.v1.GetReservationResponse': ['reservation'],
  'orderlog.catalog.v1.Reservation': ['order_id', 'status', 'version'],
  'orderlog.payment.v1.ChargeResponse': ['payment_id', 'order_id', 'outcome'],
  'orderlog.payment.v1.CancelPaymentResponse': ['payment'],
  'orderlog.payment.v1.RefundResponse': ['payment'],
  'orderlog.payment.v1.GetPaymentResponse': ['payment'],
  'orderlog.payment.v1.Payment': [
    'payment_id',
    'order_id',
    'customer_id',
    'status',
    'create_time',
    'update_time',
    'version',
  ],
  'orderlog.query.v1.GetOrderResponse': ['order', 'read_state'],
  'orderlog.query.v1.SearchOrdersResponse': ['read_state'],
  'orderlog.query.v1.ListCustomerOrdersResponse': ['read_state'],
  'orderlog.query.v1.GetSalesSummaryResponse': ['read_state'],
  'orderlog.query.v1.ReadState': ['source'],
  'orderlog.query.v1.OrderView': [
    'order_id',
    'customer_id',
    'status',
    'lines',
    'saga_mode',
    'create_time',
    'update_time',
    'deadline',
    'version',
  ],
  'orderlog.query.v1.Resync': ['last_version'],
  'orderlog.query.v1.TimelineEntry': ['event_type', 'create_time', 'version', 'event_id'],
  'orderlog.ops.v1.GetRelayStatusResponse': ['stream', 'lease_epoch', 'stream_epoch'],
  'orderlog.ops.v1.ConsumerRange': ['consumer', 'stream', 'last_partition'],
};

/** undefined: nothing is wrong. */
export function checkAnswer(
  image: Image,
  { output: type, methodKind }: DescMethod,
  answers: readonly Uint8Array[],
): Problem | undefined {
  if (answers.length === 0 && methodKind === 'unary')
    return { expected: `a ${type.typeName}`, got: 'no message' };
  for (const answer of answers) {
    const problem = checkOne(image, type, answer);
    if (problem) return problem;
  }
  return undefined;
}

function checkOne(image: Image, type: DescMessage, bytes: Uint8Array): Problem | undefined {
  try {
    return checkMessage(image, reflect(type, fromBinary(type, bytes)), type.name);
  } catch (error) {
    return { expected: `a ${type.typeName}`, got: `bytes that are none: ${String(error)}` };
  }
}

function checkMessage(image: Image, message: ReflectMessage, path: string): Problem | undefined {
  const { typeName } = message.desc;
  const strangers = (message.getUnknown() ?? []).map(({ no }) => no);
  if (strangers.length > 0) {
    return {
      expected: `no field that the contract does not know in ${path}`,
      got: `field ${strangers.join(', ')}`,
    };
  }
  for (const name of ALWAYS_SET[typeName] ?? []) {
    const field = message.fields.find((each) => each.name === name);
    if (!field) throw new Error(`${typeName} has no field ${name}: mend contract/laws/answers.ts`);
    if (!message.isSet(field)) return { expected: `${path}.${name} to be set`, got: 'nothing there' };
  }
  if (typeName === 'google.protobuf.Any') return checkAny(image, message, path);
  for (const field of message.fields) {
    if (!message.isSet(field) || !field.message || field.fieldKind === 'map') continue;
    const value: unknown = message.get(field);
    const inner =
      field.fieldKind === 'list' ? [...(value as Iterable<ReflectMessage>)] : [value as ReflectMessage];
    for (const each of inner) {
      const problem = checkMessage(image, each, `${path}.${field.name}`);
      if (problem) return problem;
    }
  }
  return undefined;
}

/** What is in it is a message that the contract knows, without what histories leave out. */
function checkAny(image: Image, any: ReflectMessage, path: string): Problem | undefined {
  const typeUrl = String(fieldValue(any, 'type_url'));
  const type = image.registry.getMessage(typeUrl.slice(typeUrl.lastIndexOf('/') + 1));
  if (!type) return { expected: `a message of the contract in ${path}`, got: typeUrl };
  const message = reflect(type, fromBinary(type, fieldValue(any, 'value') as Uint8Array));
  const context = message.fields.find(({ name }) => name === 'context');
  const sealed = 'sealed_payment_token';
  if (context?.message && message.isSet(context)) {
    const inner = message.get(context) as ReflectMessage;
    const token = inner.fields.find(({ name }) => name === sealed);
    if (token && inner.isSet(token)) return { expected: `no ${sealed} in ${path}`, got: 'one' };
  }
  return checkMessage(image, message, `${path}(${type.name})`);
}
