/** The pages: where each is, and what shows it. */
import { Analytics } from './pages/analytics/page.js';
import { Catalog } from './pages/catalog/page.js';
import { Live } from './pages/live/page.js';
import { OneOrder } from './pages/order/page.js';
import { Orders } from './pages/orders/page.js';
import { ParkedEvents } from './pages/parked/page.js';
import { TryIt } from './pages/try/page.js';

/** @import { ComponentType } from 'preact' */
/** @import { Route } from './router.js' */

/** @typedef {ComponentType<{ route: Route }>} Shown */
/**
 * `needs`: the operation of the interface without which there is nothing to show.
 * @typedef {{ path: string[], title: string, icon: string, key: string, needs: string, show: Shown }} Page
 */

/** @type {readonly Page[]} */
export const PAGES = [
  { path: [], title: 'Live', icon: 'live', key: 'l', needs: 'live', show: Live },
  { path: ['orders'], title: 'Orders', icon: 'orders', key: 'o', needs: 'searchOrders', show: Orders },
  { path: ['catalog'], title: 'Catalog', icon: 'catalog', key: 'c', needs: 'listItems', show: Catalog },
  {
    path: ['parked'],
    title: 'Parked events',
    icon: 'parked',
    key: 'p',
    needs: 'listParkedEvents',
    show: ParkedEvents,
  },
  {
    path: ['analytics'],
    title: 'Analytics',
    icon: 'analytics',
    key: 'a',
    needs: 'getSalesSummary',
    show: Analytics,
  },
  { path: ['try'], title: 'Try it', icon: 'try', key: 't', needs: 'placeOrder', show: TryIt },
];

/**
 * The page of a route, and the component that shows it; undefined: there is none.
 * @param {Route} route
 * @returns {{ page: Page, show: Shown } | undefined}
 */
export function pageOf({ path }) {
  const page = PAGES.find((each) => each.path[0] === path[0]);
  if (!page || path.length > 2) return undefined;
  if (path.length === 2) return page.path[0] === 'orders' ? { page, show: OneOrder } : undefined;
  return { page, show: page.show };
}
