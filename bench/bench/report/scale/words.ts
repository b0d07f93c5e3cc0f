/** How parts and figures are written on the page. Pure. */
import { number } from '../../../compare/report/figure.ts';
import type { Database } from './basics.ts';

export const TITLES: Readonly<Record<Database, string>> = {
  order: 'Order',
  catalog: 'Catalog',
  payment: 'Payment',
  analytics: 'Analytics',
};

export const percent = (share: number): string => `${number(share * 100)} %`;

export const perSecond = (orders: number): string => `${number(orders)} orders/s`;
