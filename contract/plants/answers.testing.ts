/** Implementations that answer wrongly. */
import { GetItemResponse, PutItemResponse } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { OrderCreated } from '../../proto/gen/orderlog/order/v1/events.ts';
import {
  GetOrderHistoryResponse,
  GetOrderResponse,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { WatchOrderResponse } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { answering, encoded, type Plant } from './plant.testing.ts';

export const wrongAnswers: readonly Plant[] = [
  {
    what: 'rounds 64 bits to a double',
    target: 'catalog',
    subject: 'CatalogService/PutItem',
    suite: 'fields',
    shows: /unit_price as it was asked for/,
    meddle: answering(PutItemResponse, ({ item }) => {
      if (!item?.unitPrice) return { item };
      const units = BigInt(Number(item.unitPrice.units));
      return { item: { ...item, unitPrice: { ...item.unitPrice, units } } };
    }),
  },
  {
    what: 'leaves out a field of its answer',
    target: 'catalog',
    subject: 'CatalogService/GetItem',
    suite: 'fields',
    shows: /item.version to be set/,
    meddle: answering(GetItemResponse, ({ item }) => ({ item: item && { ...item, version: 0 } })),
  },
  {
    what: 'reads something else than was written',
    target: 'order',
    subject: 'OrderService/GetOrder',
    suite: 'reads',
    shows: /order.lines as PlaceOrder has it/,
    meddle: answering(GetOrderResponse, ({ order }) => ({
      order: order && {
        ...order,
        lines: order.lines.map((line) => ({ ...line, quantity: line.quantity * 2 })),
      },
    })),
  },
  {
    what: 'adds a field that is not in the contract',
    target: 'order',
    subject: 'OrderService/GetOrder',
    suite: 'fields',
    shows: /no field that the contract does not know/,
    meddle: async (call, forward) => {
      const reply = await forward(call);
      const more = Buffer.from([0xf8, 0x07, 0x01]);
      return { ...reply, messages: reply.messages.map((message) => Buffer.concat([message, more])) };
    },
  },
  {
    what: 'loses an event of a watch',
    target: 'query',
    subject: 'OrderQueryService/WatchOrder',
    suite: 'watches',
    shows: /expected 2 .*OrderItemsReserved.*, got 3 /,
    meddle: async (call, forward) => {
      const reply = await forward(call);
      const isLost = (message: Buffer) => WatchOrderResponse.decode(message).event?.version === 2;
      return { ...reply, messages: reply.messages.filter((message) => !isLost(message)) };
    },
  },
  {
    what: 'shows the sealed token in a history',
    target: 'order',
    subject: 'OrderService/GetOrderHistory',
    suite: 'fields',
    shows: /no sealed_payment_token/,
    meddle: answering(GetOrderHistoryResponse, (page) => ({
      ...page,
      events: page.events.map((each) =>
        each.event && each.type.endsWith('.OrderCreated')
          ? { ...each, event: { ...each.event, value: withToken(each.event.value) } }
          : each,
      ),
    })),
  },
];

function withToken(value: Buffer): Buffer {
  const { context, ...created } = OrderCreated.decode(value);
  const sealedPaymentToken = { keyId: '1', nonce: Buffer.alloc(12), ciphertext: Buffer.alloc(24) };
  return encoded(OrderCreated, { ...created, context: context && { ...context, sealedPaymentToken } });
}
