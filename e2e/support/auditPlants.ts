/** What is planted behind the back of the services, and what the audit must find: that, and nothing else. */
import { randomUUID } from 'node:crypto';
import { euro } from '../../cli/audit/stories.testing.ts';
import { derivedId } from '../../platform/ids.ts';
import { ItemPut } from '../../proto/gen/orderlog/catalog/v1/events.ts';
import { PlaceOrderResponse } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { PaymentRefunded } from '../../proto/gen/orderlog/payment/v1/events.ts';
import type { Victims } from './audited.ts';
import {
  both,
  change,
  deletion,
  documentChange,
  extraDocument,
  extraEvent,
  outboxRow,
  type Plant,
  payload,
} from './plants.ts';

interface Case {
  readonly plant: Plant;
  /** `invariant: message`. */
  readonly finds: readonly string[];
}

const stock = 'stock: its stock is not what its events come to';
const notInLog = 'log: an event is not in the log';
const notInStore = 'log: a message of the log is not in the event store';
const otherBytes = 'log: a message is not the same in log and event store';
const rowVersion = 'versions: its row has another version than its events';
const notTheFold = 'folds: its row is not the fold of its events';
const notTheProjection = 'read model: its document is not the projection of its events';
const sum = 'analytics: a sum is not that over the orders';
const otherId = 'history: an event has another id than derives from its place';
const otherRefund = 'sale: it tells of another refund than was made';
const otherAmount = "ledger: a payment's amount is not that of the provider's ledger";

/** `victims` is asked when a plant is planted. */
export function plantsFor(victims: () => Victims): Readonly<Record<string, Case>> {
  const on = (plant: (names: ReturnType<typeof namesOf>) => Plant, ...finds: string[]): Case => ({
    plant: (it) => plant(namesOf(victims()))(it),
    finds,
  });
  return {
    'a cent more of revenue': on(
      () => change('analytics', 'analytics_1.daily_sales', 'completed_minor = completed_minor + 1', 'true'),
      sum,
    ),
    'an order that is not counted': on(
      ({ completed }) => deletion('analytics', 'analytics_1.states', `stream_id = '${completed}'`),
      'analytics: it is not counted',
      sum,
    ),
    'an order that is counted as another': on(
      ({ completed }) =>
        change(
          'analytics',
          'analytics_1.states',
          `state = jsonb_set(state, '{status}', '7')`,
          `stream_id = '${completed}'`,
        ),
      'analytics: it is counted as another than its events tell',
      sum,
    ),
    'a piece more on the shelf': on(
      ({ item }) => change('catalog', 'items', 'on_hand = on_hand + 1', item),
      stock,
    ),
    'a piece held for nobody': on(
      ({ item }) => change('catalog', 'items', 'reserved = reserved + 1', item),
      stock,
    ),
    'less delivered than was sold': on(
      ({ itemPut }) =>
        payload('catalog', itemPut, (bytes) =>
          ItemPut.encode({ ...ItemPut.decode(bytes), initialOnHand: 1n }).finish(),
        ),
      otherBytes,
      stock,
      'stock: an adjustment tells of another stock',
      'stock: it was oversold',
    ),
    'an item under another name': on(
      ({ item }) => change('catalog', 'items', `name = 'another'`, item),
      notTheFold,
    ),
    'a reservation that says it was released': on(
      ({ order }) => change('catalog', 'reservations', `status = 'released'`, order),
      notTheFold,
    ),
    'a payment of another amount': on(
      ({ order }) => change('payment', 'payments', 'amount_minor = amount_minor + 1', order),
      notTheFold,
    ),
    'an order at another version': on(
      ({ order }) => change('order', 'orders', 'version = version + 1', order),
      rowVersion,
    ),
    'an event that was committed after the next one': on(
      ({ paid }) => change('order', 'events', 'position = default', paid),
      'versions: a version was committed before its predecessor',
    ),
    'an event that was never published': on(
      ({ sku, item }) =>
        both(
          extraEvent('catalog', `item/${sku}`, 'version = 1'),
          change('catalog', 'items', 'version = version + 1', item),
        ),
      notInLog,
      otherId,
      // It tells of pieces a second time.
      stock,
    ),
    'an event that is gone': on(
      ({ adjusted }) => deletion('catalog', 'events', adjusted),
      notInStore,
      rowVersion,
      stock,
    ),
    'other bytes that say the same': on(
      ({ paid }) => payload('order', paid, (bytes) => Buffer.concat([bytes, UNKNOWN_FIELD])),
      otherBytes,
    ),
    'another cause': on(
      ({ paid }) => change('order', 'events', 'cause_id = $1', paid, randomUUID()),
      otherBytes,
      'causes: the cause of an event is not in the history of its order',
    ),
    'no cause': on(
      ({ paid }) => change('order', 'events', 'cause_id = null, cause_stream = null', paid),
      otherBytes,
      'causes: OrderPaid has no cause',
    ),
    'another event id': on(
      ({ paid }) => change('order', 'events', 'event_id = $1', paid, randomUUID()),
      otherBytes,
      otherId,
      notTheProjection,
    ),
    'a second end': on(
      ({ completed, order }) =>
        both(
          extraEvent('order', completed, `type like '%.OrderCompleted'`),
          change('order', 'orders', 'version = version + 1', order),
        ),
      notInLog,
      otherId,
      'analytics: it is counted at another version',
      'read model: its document is of another version',
      'transitions: OrderCompleted may not follow where its status is completed',
      'transitions: it has 2 ends',
    ),
    'a gap in the versions': on(
      ({ created }) => deletion('order', 'events', created),
      notInStore,
      notTheProjection,
      'analytics: it is counted as another than its events tell',
      'causes: the cause of an event is not in the history of its order',
      'history: version 1 of its order history is missing',
      'transitions: OrderRejected may not follow where its status is none',
      'versions: version 1 is missing',
    ),
    'more given back than was taken': on(
      ({ givenBack }) =>
        payload('payment', givenBack, (bytes) =>
          PaymentRefunded.encode({ ...PaymentRefunded.decode(bytes), amount: euro(10_000n) }).finish(),
        ),
      notTheFold,
      otherBytes,
      otherAmount,
      otherRefund,
      'refunds: more was given back than was captured',
    ),
    'less given back than was taken': on(
      ({ givenBack }) =>
        payload('payment', givenBack, (bytes) =>
          PaymentRefunded.encode({ ...PaymentRefunded.decode(bytes), amount: euro(1n) }).finish(),
        ),
      notTheFold,
      otherBytes,
      otherAmount,
      otherRefund,
      'refunds: less was given back than was captured',
    ),
    'an open order without its timer': on(
      ({ open }) => deletion('order', 'timers', `timer_id = '${open}'`),
      'work: it is open, and has no timer',
    ),
    'an ended order with a timer': on(
      ({ open, completed }) => change('order', 'timers', `timer_id = '${completed}'`, `timer_id = '${open}'`),
      'work: it has ended, and its timer is left',
      'work: it is open, and has no timer',
    ),
    'a payment under way without its task': on(
      () => deletion('payment', 'tasks', 'true'),
      'work: its payment is under way, and no task asks for it',
    ),
    'a call that nobody makes': on(
      () => change('payment', 'tasks', `due_at = due_at - interval '2 days', leased_until = null`, 'true'),
      'work: a call is due, and nobody makes it',
    ),
    'an outbox row of what was published': on(
      ({ paid }) => outboxRow('order', `select position, stream_id, version from events where ${paid}`),
      'outbox: its outbox is not empty',
    ),
    'an outbox row that points nowhere': on(
      () => outboxRow('order', `values (1000000, 'nowhere', 1)`),
      'outbox: an outbox row points at no event',
      'outbox: its outbox is not empty',
    ),
    'a checkpoint set back': on(
      () => change('order', 'checkpoints', 'sequence = sequence - 1', CONSUMER),
      'checkpoints: it has not read to the end',
      'checkpoints: the event at its place is not the one that it remembers',
    ),
    'a checkpoint of another life of the stream': on(
      () => change('order', 'checkpoints', 'stream_epoch = 7', CONSUMER),
      'checkpoints: it reads another life of the stream',
    ),
    'a range that leaves out a partition': on(
      () => change('order', 'checkpoints', 'first_partition = 1', CONSUMER),
      'checkpoints: its ranges leave out partitions, or cover some twice',
    ),
    'a consumer without a checkpoint': on(
      () => deletion('order', 'checkpoints', CONSUMER),
      'checkpoints: it has no checkpoint, and its stream has events',
    ),
    'the memory of another stream': on(
      () => change('order', 'relay', `stream_created = '2001-01-01T00:00:00Z'`, 'true'),
      'stream: it is another stream than the database remembers',
    ),
    'the memory of a longer stream': on(
      () => change('order', 'relay', 'position = position + 1000', 'true'),
      'stream: it ends before what is recorded as published',
    ),
    'an answer that names no order': on(
      () => change('order', 'requests', 'response = $1', ONE_ANSWER, answerOf(randomUUID())),
      'answers: it was acknowledged, and is not there',
    ),
    'a changed document': on(
      ({ completed }) => documentChange(completed, { status: 'ORDER_STATUS_REJECTED' }),
      notTheProjection,
    ),
    'a document of an older version': on(
      ({ completed }) => documentChange(completed, { version: 1 }),
      'read model: its document is of another version',
    ),
    'a document that is gone': on(
      ({ completed }) => documentChange(completed, undefined),
      'read model: there is no document of it',
    ),
    'a document of no order': on(
      ({ completed }) => extraDocument(completed),
      'read model: there is a document of it, and no such order',
    ),
  };
}

/** Field 1023, a varint, which no event has. */
const UNKNOWN_FIELD = Buffer.from([0xf8, 0x3f, 0x01]);
const CONSUMER = `consumer = 'order.catalog'`;
const ONE_ANSWER = `request_id = (select min(request_id::text) from requests where method like '%PlaceOrder')::uuid`;

const answerOf = (orderId: string): Uint8Array =>
  PlaceOrderResponse.encode({ orderId, status: 1, consistencyToken: '' }).finish();

/** Where the victims' rows are. */
function namesOf({ completed, rejected, refunded, open, sku }: Victims) {
  const event = (type: string, streamId: string) => `stream_id = '${streamId}' and type like '%.${type}'`;
  return {
    completed,
    open,
    sku,
    item: `sku = '${sku}'`,
    order: `order_id = '${completed}'`,
    itemPut: event('ItemPut', `item/${sku}`),
    adjusted: event('StockAdjusted', `item/${sku}`),
    created: event('OrderCreated', rejected),
    paid: event('OrderPaid', completed),
    givenBack: event('PaymentRefunded', derivedId(`payment/${refunded}`)),
  };
}
