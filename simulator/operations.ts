/** What the clients of a run want: orders over a few SKUs with scarce stock, cancellations, deliveries, an operator's wishes. */
import type { Choices } from './choices.ts';
import type { ClientOperation } from './clients.ts';
import { MAX_ORDERS, orderIdOf, placeRequestIdOf, requestIdOf } from './names.ts';
import { DECLINED_TOKEN } from './provider.ts';

export const ITEMS = [
  { sku: 'MUG', priceMinor: 1_250n },
  { sku: 'TEA', priceMinor: 499n },
  { sku: 'JAR', priceMinor: 7n },
] as const;

/** Over how long a time requests are spread, an order: one after another, or all at once. */
const MS_AN_ORDER = [20, 5, 50, 400];

/** Initial stock of each item. */
export const drawStock = (choices: Choices): readonly bigint[] =>
  ITEMS.map(({ sku }) => [40n, 40n, 12n, 3n, 0n][choices.pick(`stock of ${sku}`, 5)] ?? 0n);

/** `omitted`: by number, to be left out, with whatever comes after them; the choices are the same. */
export function drawOperations(
  choices: Choices,
  omitted: ReadonlySet<number>,
  nowMs: number,
): ClientOperation[] {
  const orders = 1 + choices.pick('orders', MAX_ORDERS);
  const spanMs = orders * (MS_AN_ORDER[choices.pick('span', MS_AN_ORDER.length)] ?? 0);
  const operations: ClientOperation[] = [];
  const add = (operation: Wish): ClientOperation => {
    const requestId = operation.requestId ?? requestIdOf(`request/${operations.length}`);
    const added: ClientOperation = {
      orderId: undefined,
      after: undefined,
      ...operation,
      number: operations.length,
      requestId,
      request: { ...operation.request, requestId },
      notBeforeMs: nowMs + choices.pick(`begin of client ${operations.length}`, spanMs),
      tries: 0,
      repeatsLeft: choices.pick(`repeats of client ${operations.length}`, 3) % 2,
      attempt: undefined,
      answer: undefined,
    };
    operations.push(added);
    return added;
  };
  for (let number = 1; number <= orders; number++) addOrder(choices, add, number);
  for (let number = choices.pick('adjustments', 4); number > 0; number--) add(adjustment(choices));
  return operations.filter(({ number, after }) => !omitted.has(number) && !omitted.has(after?.number ?? -1));
}

/** By saga_mode; unset: the server's default. */
const MODES = ['choreography', 'choreography', 'orchestration', 'direct'];

type Wish = Pick<ClientOperation, 'label' | 'service' | 'method' | 'request'> &
  Partial<Pick<ClientOperation, 'orderId' | 'after' | 'requestId'>>;

function addOrder(choices: Choices, add: (wish: Wish) => ClientOperation, number: number): void {
  const requestId = placeRequestIdOf(number);
  const orderId = orderIdOf(number);
  const about = `order ${number}`;
  const lines = Array.from({ length: 1 + choices.pick(`${about} lines`, 2) }, () => ({
    sku: ITEMS[choices.pick(`${about} sku`, ITEMS.length)]?.sku ?? '',
    quantity: 1 + choices.pick(`${about} quantity`, 3),
  }));
  const request = {
    customerId: `customer-${number}`,
    lines,
    paymentToken: choices.chance(`${about} declined`, 15) ? DECLINED_TOKEN : 'tok_ok',
    sagaMode: choices.pick(`${about} mode`, 4),
  };
  const label = `PlaceOrder ${orderId} (${MODES[request.sagaMode]}, ${lines.map(({ sku, quantity }) => `${quantity} ${sku}`).join(', ')})`;
  const placed = add({ label, service: 'order', method: 'placeOrder', request, requestId, orderId });
  const of = { orderId, after: placed };
  for (let cancels = [0, 0, 0, 0, 1, 2][choices.pick(`${about} cancels`, 6)] ?? 0; cancels > 0; cancels--) {
    add({
      label: `CancelOrder ${orderId}`,
      service: 'order',
      method: 'cancelOrder',
      request: { orderId, message: '' },
      ...of,
    });
  }
  if (choices.chance(`${about} reused`, 4)) {
    const wrong = { ...request, customerId: 'somebody-else' };
    add({
      label: `another PlaceOrder under the request id of ${orderId}`,
      service: 'order',
      method: 'placeOrder',
      request: wrong,
      requestId,
      ...of,
    });
  }
  if (choices.chance(`${about} refund`, 4)) {
    const request = { orderId, reason: 'goodwill' };
    add({
      label: `Refund of ${orderId} at Payment`,
      service: 'payment',
      method: 'refund',
      request,
      ...of,
    });
  }
  if (choices.chance(`${about} cancelled at Payment`, 4)) {
    const request = { orderId, customerId: `customer-${number}` };
    add({
      label: `CancelPayment of ${orderId} at Payment`,
      service: 'payment',
      method: 'cancelPayment',
      request,
      ...of,
    });
  }
  // A direct saga's own calls come by rpc as well: nobody could tell them from these.
  if (MODES[request.sagaMode] !== 'direct') addByRpc(choices, add, about, placed);
}

/** No order's total. */
const CHARGED_BY_RPC = { currencyCode: 'EUR', units: 1n, nanos: 0 };
const SETTLING = ['releaseReservation', 'confirmReservation', 'returnReservation'];

/** What whoever may call the steps makes of an order that is driven otherwise. */
function addByRpc(
  choices: Choices,
  add: (wish: Wish) => ClientOperation,
  about: string,
  placed: ClientOperation,
): void {
  const { orderId, request } = placed;
  const of = { orderId, after: placed };
  const who = { orderId, customerId: request.customerId };
  if (choices.chance(`${about} charged by rpc`, 4)) {
    const paymentToken = choices.chance(`${about} declined by rpc`, 25) ? DECLINED_TOKEN : 'tok_ok';
    add({
      label: `Charge of ${orderId} by rpc`,
      service: 'payment',
      method: 'charge',
      request: { ...who, paymentToken, amount: CHARGED_BY_RPC },
      ...of,
    });
  }
  if (choices.chance(`${about} settled by rpc`, 4)) {
    const method = SETTLING[choices.pick(`${about} settled how`, SETTLING.length)] ?? '';
    add({ label: `${method} of ${orderId} by rpc`, service: 'catalog', method, request: who, ...of });
  }
}

function adjustment(choices: Choices): Wish {
  const sku = ITEMS[choices.pick('adjusted', ITEMS.length)]?.sku ?? '';
  const delta = BigInt([3, 1, -1, -4][choices.pick('adjusted by', 4)] ?? 0);
  const request = { sku, delta, reason: 'inventory' };
  return { label: `AdjustStock ${sku} by ${delta}`, service: 'catalog', method: 'adjustStock', request };
}
