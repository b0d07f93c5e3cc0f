/** Implementations that go wrong on repeats, deadlines and lists. */
import { randomUUID } from 'node:crypto';
import {
  AdjustStockRequest,
  ListItemsRequest,
  ListItemsResponse,
} from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { PlaceOrderResponse } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { answering, asking, askingFor, INVALID_ARGUMENT, type Plant } from './plant.testing.ts';

let answers = 0;

export const wrongRepeats: readonly Plant[] = [
  {
    what: 'answers a repeat with other bytes',
    target: 'order',
    subject: 'OrderService/PlaceOrder',
    suite: 'idempotency',
    shows: /the same answer, byte for byte/,
    meddle: answering(PlaceOrderResponse, (said) => {
      answers += 1;
      return { ...said, consistencyToken: `${said.consistencyToken}${answers}` };
    }),
  },
  {
    what: 'does a repeat again',
    target: 'catalog',
    subject: 'CatalogService/AdjustStock',
    suite: 'idempotency',
    shows: /the same answer, byte for byte/,
    meddle: askingFor(AdjustStockRequest, (asked) => ({ ...asked, requestId: randomUUID() })),
  },
  {
    what: 'takes another body under the same request_id',
    target: 'catalog',
    subject: 'CatalogService/ReleaseReservation',
    suite: 'idempotency',
    shows: /REQUEST_ID_REUSED.*OK/,
    meddle: async (call, forward) => {
      const reply = await forward(call);
      if (reply.trailers['grpc-status'] !== INVALID_ARGUMENT) return reply;
      return { messages: [Buffer.from([])], trailers: { 'grpc-status': '0' } };
    },
  },
  {
    what: 'ignores deadlines',
    target: 'catalog',
    subject: 'CatalogService/PutItem',
    suite: 'deadlines',
    shows: /DEADLINE_EXCEEDED.*OK/,
    meddle: ({ headers: { 'grpc-timeout': _, ...headers }, ...call }, forward) =>
      forward({ ...call, headers }),
  },
  {
    what: 'turns the order of a page round',
    target: 'catalog',
    subject: 'CatalogService/ListItems',
    suite: 'pages',
    shows: /pages of \d that join/,
    meddle: answering(ListItemsResponse, (page) => ({ ...page, items: page.items.toReversed() })),
  },
  {
    what: 'loses an element between two pages',
    target: 'catalog',
    subject: 'CatalogService/ListItems',
    suite: 'pages',
    shows: /pages of \d that join/,
    meddle: answering(ListItemsResponse, (page) => {
      const isCut = page.nextPageToken !== '' && page.items.length > 1;
      return { ...page, items: isCut ? page.items.slice(0, -1) : page.items };
    }),
  },
  {
    what: 'begins again at a page token that it did not issue',
    target: 'catalog',
    subject: 'CatalogService/ListItems',
    suite: 'pages',
    shows: /naming page_token.*OK/,
    meddle: async (call, forward) => {
      const reply = await forward(call);
      if (reply.trailers['grpc-status'] !== INVALID_ARGUMENT) return reply;
      return askingFor(ListItemsRequest, (asked) => ({ ...asked, pageToken: '' }))(call, forward);
    },
  },
  {
    what: 'gives more elements than a page may hold',
    target: 'catalog',
    subject: 'CatalogService/ListItems',
    suite: 'pages',
    shows: /at most \d elements/,
    meddle: asking((request) => {
      const asked = ListItemsRequest.decode(request);
      const pageSize = asked.pageSize > 0 && asked.pageSize < 1_000 ? asked.pageSize + 1 : asked.pageSize;
      return Buffer.from(ListItemsRequest.encode({ ...asked, pageSize }).finish());
    }),
  },
];
