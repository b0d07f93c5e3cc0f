/** Implementations that take what they must refuse. */
import { AdjustStockRequest, PutItemRequest } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { PlaceOrderRequest } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { askingFor, type Plant } from './plant.testing.ts';

const MAX_LINES = 100;
const GREATEST_MODE = 3;

export const wrongRequests: readonly Plant[] = [
  {
    what: 'takes a request that breaks a rule, mending it quietly',
    target: 'catalog',
    subject: 'CatalogService/AdjustStock',
    suite: 'fields',
    shows: /naming delta, got (OK|NOT_FOUND)/,
    meddle: askingFor(AdjustStockRequest, (asked) => ({ ...asked, delta: asked.delta || 1n })),
  },
  {
    what: 'takes one line more than the rule allows',
    target: 'order',
    subject: 'OrderService/PlaceOrder',
    suite: 'fields',
    shows: /naming lines.*OK/,
    meddle: askingFor(PlaceOrderRequest, (asked) => ({ ...asked, lines: asked.lines.slice(0, MAX_LINES) })),
  },
  {
    what: 'takes numbers of enums that it does not know',
    target: 'order',
    subject: 'OrderService/PlaceOrder',
    suite: 'fields',
    shows: /naming saga_mode.*OK/,
    meddle: askingFor(PlaceOrderRequest, (asked) =>
      asked.sagaMode > GREATEST_MODE ? { ...asked, sagaMode: SagaMode.SAGA_MODE_UNSPECIFIED } : asked,
    ),
  },
  {
    what: 'strips a NUL instead of refusing it',
    target: 'catalog',
    subject: 'CatalogService/PutItem',
    suite: 'text',
    shows: /naming name.*OK/,
    meddle: askingFor(PutItemRequest, (asked) => ({ ...asked, name: asked.name.replaceAll('\0', '') })),
  },
];
