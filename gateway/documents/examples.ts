/**
 * Examples of messages, made from the descriptor image, so that none can grow stale: a value for each field by its name, or by
 * its type where the name says nothing. They tell of one order of one piece of coffee that all went well with.
 */
import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';

type Json = string | number | boolean | { readonly [key: string]: Json } | readonly Json[];

const ORDER = '6a2f6c1e-58a7-5b0a-9d5c-3c1f4b8f9a10';
const EVENT = 'b7f0d9f2-3d5e-5b77-9c53-0f8e1a6f2d41';

const messages: Readonly<Record<string, Json>> = {
  'google.protobuf.Timestamp': '2026-01-31T12:00:00Z',
  'google.protobuf.Duration': '0.250s',
  'google.protobuf.Any': { '@type': 'type.googleapis.com/orderlog.order.v1.OrderCreated' },
  'google.type.Money': { currencyCode: 'EUR', units: '9', nanos: 900_000_000 },
};

/** By the field's proto name; a full name (`message.field`) goes before it. */
const values: Readonly<Record<string, Json>> = {
  request_id: '0d9a3c5e-6a0b-4f57-8a52-2f6f1f0b7c11',
  order_id: ORDER,
  aggregate_id: ORDER,
  event_id: EVENT,
  parked_id: '5b7f9a86-2c35-4b58-9f0e-6d1d8a3b4c22',
  payment_id: '2f1c7f0a-9d0e-5c8b-8a44-7b7d3a1e5f33',
  customer_id: 'ada',
  operator_id: 'grace',
  sku: 'SKU-COFFEE',
  name: 'Coffee beans',
  payment_token: 'tok_ok',
  consistency_token: 'the consistencyToken of an answer',
  page_token: 'the nextPageToken of the page before',
  quantity: 1,
  delta: '25',
  on_hand: '25',
  available: '25',
  reason: 'a delivery',
  query: 'coffee',
  consumer: 'catalog/orders',
  stream: 'ORDERS',
  service: 'catalog',
  step: 'reserve',
  event_type: 'OrderCreated',
  type: 'orderlog.order.v1.OrderCreated',
  status: 'ORDER_STATUS_COMPLETED',
  'orderlog.order.v1.PlaceOrderResponse.status': 'ORDER_STATUS_PENDING',
  'orderlog.order.v1.CancelOrderResponse.status': 'ORDER_STATUS_CANCELLING',
  state: 'STEP_STATE_SUCCEEDED',
  sort: 'ORDER_SORT_CREATED_DESC',
  source: 'READ_SOURCE_PROJECTION',
  version: 4,
  order_version: 4,
  log_sequence: '41',
  text: 'Catalog holds the goods.',
  summary: 'The order is done: the goods are reserved and paid.',
  count: '1',
  total_size: '1',
  page_size: 20,
  headers: { 'ce-id': EVENT },
  date: '2026-01-31',
};

/** What an order that went well, or a call that is to be understood, does without. */
const leftOut = new Set([
  'rejection_reason',
  'cancellation_reason',
  'message',
  'next_page_token',
  'error',
  'failed_parked_id',
  'failed',
  'still_parked',
  'waiting_for',
  'if_next_step_fails',
  'remaining',
  'not_known',
  'hindrances',
  'expected_total',
  'max_total',
  'at_time',
  'at_version',
  'waiting',
  'ahead',
  'reserved',
  'cause',
]);

/** Protobuf JSON of a message of the type, of these of its fields. */
export function exampleOf(type: DescMessage, fields: readonly DescField[] = type.fields): Json {
  const known = messages[type.typeName];
  if (known !== undefined) return known;
  const shown = fields.filter((field) => !leftOut.has(field.name) && isFirstOfOneof(field));
  return Object.fromEntries(shown.map((field) => [field.jsonName, fieldExample(field)]));
}

/** Of one field. */
export function fieldExample(field: DescField): Json {
  const named = values[`${field.parent.typeName}.${field.name}`] ?? values[field.name];
  // The name of an enum's value may be another enum's.
  const fits = !field.enum || field.enum.values.some(({ name }) => name === named);
  const found = named !== undefined && fits ? named : valueExample(field);
  const value = field.scalar === ScalarType.INT64 ? String(found) : found;
  return field.fieldKind === 'list' ? [value] : value;
}

const isFirstOfOneof = ({ oneof, number }: DescField): boolean =>
  oneof === undefined || oneof.fields.every((other) => number <= other.number);

function valueExample(field: DescField): Json {
  if (field.message) return exampleOf(field.message);
  if (field.enum) return firstName(field.enum);
  if (field.fieldKind === 'map') return {};
  switch (field.scalar) {
    case ScalarType.BOOL:
      return true;
    case ScalarType.INT32:
      return 1;
    case ScalarType.INT64:
      return '1';
    case ScalarType.BYTES:
      return '';
    default:
      return 'text';
  }
}

/** The first that is not UNSPECIFIED. */
const firstName = ({ values: all }: DescEnum): string => all.find(({ number }) => number !== 0)?.name ?? '';
