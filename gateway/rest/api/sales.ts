/** What was sold, and how the saga did. */
import { OrderQueryServiceService } from '../../../proto/gen/orderlog/query/v1/query_service.ts';
import { type Route, rpcRoute } from '../route.ts';

export const salesRoutes: readonly Route[] = [
  rpcRoute(OrderQueryServiceService.getSalesSummary, {
    operationId: 'getSalesSummary',
    method: 'GET',
    path: '/v1/sales',
    tag: 'Sales',
    summary: 'Sum up sales, the funnel and step times',
    status: 200,
    problems: { 501: 'No analytics run: reads come from the aggregates.' },
    answer: ({ sales }, request, call) => sales.getSalesSummary(request, call),
  }),
];
