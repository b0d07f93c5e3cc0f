/** Orders: placed, cancelled, read and found. */
import { OrderServiceService } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderQueryServiceService } from '../../../proto/gen/orderlog/query/v1/query_service.ts';
import { type Route, rpcRoute } from '../route.ts';

const noSuchOrder = 'There is no such order.';
const locationOf = ({ orderId }: { readonly orderId: string }): string => `/v1/orders/${orderId}`;

const commands: readonly Route[] = [
  rpcRoute(OrderServiceService.placeOrder, {
    operationId: 'placeOrder',
    method: 'POST',
    path: '/v1/orders',
    tag: 'Orders',
    summary: 'Place an order',
    status: 202,
    answer: ({ orders }, request, call) => orders.placeOrder(request, { parent: call }),
    location: locationOf,
  }),
  rpcRoute(OrderServiceService.cancelOrder, {
    operationId: 'cancelOrder',
    method: 'POST',
    path: '/v1/orders/{id}/cancel',
    pathFields: { id: 'order_id' },
    tag: 'Orders',
    summary: "Ask for an order's end",
    status: 202,
    bodyOptional: true,
    problems: { 404: noSuchOrder, 409: 'It was rejected, cancelled or refunded already.' },
    answer: ({ orders }, request, call) => orders.cancelOrder(request, { parent: call }),
    location: locationOf,
  }),
];

const reads: readonly Route[] = [
  rpcRoute(OrderQueryServiceService.searchOrders, {
    operationId: 'searchOrders',
    method: 'GET',
    path: '/v1/orders',
    tag: 'Orders',
    summary: 'Find orders',
    status: 200,
    problems: { 501: 'Reads come from the aggregates, which cannot be searched so.' },
    answer: ({ queries }, request, call) => queries.searchOrders(request, call),
  }),
  rpcRoute(OrderQueryServiceService.getOrder, {
    operationId: 'getOrder',
    method: 'GET',
    path: '/v1/orders/{id}',
    pathFields: { id: 'order_id' },
    tag: 'Orders',
    summary: 'Read an order, now or in its past',
    status: 200,
    problems: {
      404: 'There is no such order, or none at that moment.',
      409: 'A moment of its past was asked for, and only present states are kept.',
    },
    answer: ({ queries }, request, call) => queries.getOrder(request, call),
  }),
  rpcRoute(OrderServiceService.getOrderHistory, {
    operationId: 'getOrderHistory',
    method: 'GET',
    path: '/v1/orders/{id}/history',
    pathFields: { id: 'order_id' },
    tag: 'Orders',
    summary: "Read an order's events",
    status: 200,
    problems: { 404: noSuchOrder },
    answer: ({ orders }, request, call) => orders.getOrderHistory(request, { parent: call }),
  }),
  rpcRoute(OrderServiceService.explainOrder, {
    operationId: 'explainOrder',
    method: 'GET',
    path: '/v1/orders/{id}/explanation',
    pathFields: { id: 'order_id' },
    tag: 'Orders',
    summary: 'Have an order explained, now or in its past',
    status: 200,
    problems: { 404: 'There is no such order, or none at that moment.' },
    answer: ({ orders }, request, call) => orders.explainOrder(request, { parent: call }),
  }),
];

export const orderRoutes: readonly Route[] = [...commands, ...reads];
