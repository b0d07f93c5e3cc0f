/** Analytics: stream ORDERS folded into sums of sales, the saga's funnel and the time that its steps take. */
import { join } from 'node:path';
import { ORDERS } from '../../proto/streams.ts';
import { type OrderEvent, orderEvents } from '../orders/events.ts';
import { type OrderHistoryClient, orderHistory } from '../orders/history.ts';
import { isEnd } from '../orders/status.ts';
import type { TableDefinition } from '../tables/generation.ts';
import type { SumProjection } from '../tables/projection.ts';
import { contributions, sumTables } from './contributions.ts';
import { project } from './project.ts';
import { type CountedOrder, fromJson, toJson } from './state.ts';

export const analyticsTables: TableDefinition = {
  name: 'analytics',
  version: 1,
  tablesFile: join(import.meta.dirname, 'tables.sql'),
};

export const analyticsProjection = (orders: OrderHistoryClient): SumProjection<CountedOrder, OrderEvent> => ({
  ...analyticsTables,
  stream: ORDERS.name,
  subjectPrefix: ORDERS.subjectPrefix,
  codec: orderEvents,
  project,
  hasEnded: ({ status }) => isEnd(status),
  history: (orderId) => orderHistory(orders, orderId),
  tables: sumTables,
  toJson,
  fromJson,
  contributions,
});
