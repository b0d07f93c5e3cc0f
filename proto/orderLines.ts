/** Lines of an order, as several programs show them. */
import type { OrderLine, PricedLine } from './gen/orderlog/order/v1/types.ts';

/** A line as it was asked for, where Catalog has not said its name and price yet. */
export const unpriced = ({ sku, quantity }: OrderLine): PricedLine => ({
  sku,
  name: '',
  quantity,
  unitPrice: undefined,
  lineTotal: undefined,
});
