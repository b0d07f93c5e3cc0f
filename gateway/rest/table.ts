/** Every route of the gateway. A new one is a new entry in a file of api/: it is then served, and documented. */
import { callerRoutes } from './api/caller.ts';
import { documentRoutes } from './api/documents.ts';
import { itemRoutes } from './api/items.ts';
import { liveRoutes } from './api/live.ts';
import { metricsRoutes } from './api/metrics.ts';
import { orderRoutes } from './api/orders.ts';
import { parkedRoutes } from './api/parked.ts';
import { probeRoutes } from './api/probes.ts';
import { sagaRoutes } from './api/saga.ts';
import { salesRoutes } from './api/sales.ts';
import { watchRoutes } from './api/watches.ts';
import type { Route } from './route.ts';

export const routes: readonly Route[] = [
  ...orderRoutes,
  ...watchRoutes,
  ...liveRoutes,
  ...itemRoutes,
  ...salesRoutes,
  ...parkedRoutes,
  ...callerRoutes,
  ...sagaRoutes,
  ...probeRoutes,
  ...metricsRoutes,
  ...documentRoutes,
];
