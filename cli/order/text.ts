/** How orders and their events read on a terminal. */
import { shortName } from '../../platform/events.ts';
import { formatMoney } from '../../platform/money.ts';
import type { Money } from '../../proto/gen/google/type/money.ts';
import type { HistoryEvent, Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus, orderStatusToJSON } from '../../proto/gen/orderlog/order/v1/types.ts';
import { sagaModeToJSON } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { type Colour, coloured } from '../colours.ts';
import { table } from '../table.ts';

const COLOURS: Partial<Record<OrderStatus, Colour>> = {
  [OrderStatus.ORDER_STATUS_COMPLETED]: 'green',
  [OrderStatus.ORDER_STATUS_REJECTED]: 'red',
  [OrderStatus.ORDER_STATUS_CANCELLED]: 'yellow',
  [OrderStatus.ORDER_STATUS_REFUNDED]: 'yellow',
  [OrderStatus.ORDER_STATUS_NEEDS_REVIEW]: 'red',
};

export function statusText(status: OrderStatus): string {
  const colour = COLOURS[status];
  const name = orderStatusToJSON(status);
  return colour ? coloured(colour, name) : name;
}

export const moneyText = (money: Money | undefined): string => (money ? formatMoney(money) : '–');

export const eventText = ({ type, version, cause }: HistoryEvent): string => {
  const because = cause ? `  because of ${cause.stream} ${cause.eventId}` : '';
  return `${shortName(type).padEnd(26)} v${version}${because}`;
};

/** The order itself, fact by fact. */
export function orderText(order: Order): string {
  const lines = order.pricedLines.map(
    ({ sku, quantity, name, unitPrice }) => `${quantity} × ${sku}  ${name}, at ${moneyText(unitPrice)}`,
  );
  const asked = order.lines.map(({ sku, quantity }) => `${quantity} × ${sku}`);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['order', order.orderId],
    ['status', statusText(order.status)],
    ['customer', order.customerId],
    ...(lines.length > 0 ? lines : asked).map((line, at) => [at === 0 ? 'lines' : '', line] as const),
    ['total', order.total && moneyText(order.total)],
    ['payment', order.paymentId],
    ['saga', sagaModeToJSON(order.sagaMode)],
    ['why', order.message],
    ['created', order.createTime?.toISOString()],
    ['changed', order.updateTime?.toISOString()],
    ['deadline', order.deadline?.toISOString()],
    ['version', String(order.version)],
  ];
  return table(facts.flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
