/** 15: what clients were told is there, and what they asked for happened once. */
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import type { CatalogEvent } from '../../services/catalog/domain/events.ts';
import { tableOf } from '../store.ts';
import { Violation } from '../violation.ts';
import type { World } from '../world.ts';
import type { History } from './histories.ts';

export function auditJournal(world: World, histories: readonly History[]): void {
  const placed = new Set(histories.filter(({ order }) => order.length > 0).map(({ orderId }) => orderId));
  const wanted = new Set<string>();
  for (const { label, method, answer, orderId, tries } of world.clients) {
    if (!answer) throw new Violation(15, `${label} was sent ${tries} times, and never answered`);
    if (method !== 'placeOrder' || !orderId) continue;
    wanted.add(orderId);
    if (!answer.bytes) continue;
    const response = OrderServiceService.placeOrder.responseDeserialize(Buffer.from(answer.bytes));
    if (response.orderId !== orderId || !placed.has(orderId)) {
      throw new Violation(15, `${label} was answered, and the order is not there`);
    }
  }
  const unasked = [...placed].find((orderId) => !wanted.has(orderId));
  if (unasked) throw new Violation(15, `order ${unasked} was asked for by nobody`);
  auditAdjustments(world);
}

function auditAdjustments(world: World): void {
  const asked = new Map<string, bigint>();
  for (const { method, answer, request } of world.clients) {
    if (method !== 'adjustStock' || !answer?.bytes) continue;
    const { sku, delta } = request as { sku: string; delta: bigint };
    asked.set(sku, (asked.get(sku) ?? 0n) + delta);
  }
  const { store, parts } = world.services.catalog;
  const done = new Map<string, bigint>();
  for (const { type, payload } of store.events) {
    const event = parts.model.codec.decode(type, payload) as CatalogEvent | undefined;
    if (event?.type !== 'StockAdjusted') continue;
    done.set(event.data.sku, (done.get(event.data.sku) ?? 0n) + event.data.delta);
  }
  for (const sku of tableOf(store, 'items').keys()) {
    if ((asked.get(sku) ?? 0n) !== (done.get(sku) ?? 0n)) {
      throw new Violation(
        1,
        `${sku} was to be adjusted by ${asked.get(sku) ?? 0n}, and was by ${done.get(sku) ?? 0n}`,
      );
    }
  }
}
