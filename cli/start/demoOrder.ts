/** One order of the demo load after another: mostly what goes well, and a little of all that may happen. */
import type { PlaceOrderRequest } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';

export interface DemoOrder {
  readonly request: Omit<PlaceOrderRequest, 'requestId'>;
  /** Cancelled so long after it was accepted; unset: never. */
  readonly cancelAfterMs?: number;
}

/** What to draw from: a word as often as its number among all. */
type Shares = Readonly<Record<string, number>>;

const CUSTOMERS = [
  'ada',
  'grace',
  'alan',
  'edsger',
  'barbara',
  'donald',
  'frances',
  'leslie',
  'margaret',
  'tony',
];
const TOKENS: Shares = { tok_ok: 80, tok_declined: 8, tok_flaky: 5, tok_slow: 5, tok_timeout: 2 };
const SKUS: Shares = {
  'SKU-COFFEE': 40,
  'SKU-ESPRESSO': 20,
  'SKU-TEA': 15,
  'SKU-FILTER': 12,
  'SKU-MUG': 8,
  'SKU-KETTLE': 2,
  'SKU-GRINDER': 1,
  'SKU-SOLD-OUT': 2,
};
const MODES: Readonly<Record<string, SagaMode>> = {
  choreography: SagaMode.SAGA_MODE_CHOREOGRAPHY,
  orchestration: SagaMode.SAGA_MODE_ORCHESTRATION,
  direct: SagaMode.SAGA_MODE_DIRECT,
};
const MODE_SHARES: Shares = { choreography: 70, orchestration: 20, direct: 10 };
const CANCELLED_SHARE = 0.06;
const MAX_CANCEL_AFTER_MS = 5_000;
const SECOND_LINE_SHARE = 0.3;
const MAX_QUANTITY = 3;

/** `random` as Math.random. */
export function demoOrder(random: () => number): DemoOrder {
  const skus = new Set([drawn(SKUS, random), ...(random() < SECOND_LINE_SHARE ? [drawn(SKUS, random)] : [])]);
  const request = {
    customerId: CUSTOMERS[Math.floor(random() * CUSTOMERS.length)] ?? 'ada',
    lines: [...skus].map((sku) => ({ sku, quantity: 1 + Math.floor(random() * MAX_QUANTITY) })),
    paymentToken: drawn(TOKENS, random),
    expectedTotal: undefined,
    sagaMode: MODES[drawn(MODE_SHARES, random)] ?? SagaMode.SAGA_MODE_UNSPECIFIED,
  };
  const isCancelled = random() < CANCELLED_SHARE;
  return { request, ...(isCancelled && { cancelAfterMs: Math.floor(random() * MAX_CANCEL_AFTER_MS) }) };
}

function drawn(shares: Shares, random: () => number): string {
  const all = Object.entries(shares);
  let at = random() * all.reduce((sum, [, share]) => sum + share, 0);
  for (const [word, share] of all) {
    at -= share;
    if (at < 0) return word;
  }
  return all[0]?.[0] ?? '';
}
