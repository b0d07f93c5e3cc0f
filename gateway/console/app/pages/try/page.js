/** Places orders with each of the sandbox provider's tokens, shows the calls that do the same, and watches them end. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { getJson, postJson } from '../../api.js';
import { useAnswer, useCommand } from '../../hooks.js';
import { knownCaller, mayDo } from '../../session.js';
import { Icon } from '../../ui/icons.js';
import { Card, Code, Empty, Notice, PageHead } from '../../ui/parts.js';
import { bodyOf, curlCall, grpcCall } from './calls.js';
import { OrderForm, TOKENS } from './form.js';
import { PlacedOrder } from './placed.js';

/** @import { Item, Placed } from '../../types.d.ts' */
/** @import { Wish } from './calls.js' */

const MAX_SHOWN = 8;
const FIRST_ITEM = 'SKU-COFFEE';

/** The Order service, as the gateway reaches it. */
const orderAddress = () =>
  document.querySelector('meta[name="order-address"]')?.getAttribute('content') ?? '127.0.0.1:50051';

export function TryIt() {
  const [wish, setWish] = useState(
    /** @type {Wish} */ ({
      customerId: (mayDo('placeOrder') === 'own' && knownCaller()?.subject) || 'ada',
      sku: FIRST_ITEM,
      quantity: 2,
      paymentToken: 'tok_ok',
      sagaMode: '',
    }),
  );
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [placed, setPlaced] = useState(/** @type {(Placed & { wish: Wish })[]} */ ([]));
  /** @type {{ data?: { items?: Item[] } }} */
  const items = useAnswer((signal) => getJson('/v1/items', { signal }), []);
  const command = useCommand(async (/** @type {string[]} */ tokens) => {
    for (const [at, paymentToken] of tokens.entries()) {
      const each = { ...wish, paymentToken };
      /** @type {Placed} */
      const answer = await postJson('/v1/orders', bodyOf(each), at === 0 ? key : crypto.randomUUID());
      setPlaced((before) => [{ ...answer, wish: each }, ...before].slice(0, MAX_SHOWN));
    }
    setKey(crypto.randomUUID());
  });
  const hasToken = knownCaller() !== undefined;
  return html`
    <${PageHead} title="Try it" lead="Place an order with any token of the sandbox provider, and see what becomes of it" />
    <div class="two">
      <${Card} title="Order">
        <${OrderForm} wish=${wish} items=${items.data?.items ?? []} change=${(/** @type {Partial<Wish>} */ change) => setWish({ ...wish, ...change })}
          onSubmit=${() => command.start([wish.paymentToken])}>
          ${command.error && html`<${Notice} tone="bad"><b>${command.error.title}.</b> ${command.error.message}</${Notice}>`}
          <div class="row">
            <button type="submit" class="button primary" disabled=${command.isRunning}><${Icon} name="try" />Place the order</button>
            <button type="button" class="button" disabled=${command.isRunning} onClick=${() => command.start(TOKENS.map(({ token }) => token))}>
              One with each token</button>
          </div>
        </${OrderForm}>
      </${Card}>
      <div class="stack">
        <${Card} title="The same from a shell" note="one idempotency key: a repeat is the same order">
          <div class="stack">
            <div class="stack-sm"><h3>gRPC</h3><${Code} label="grpcurl" text=${grpcCall(wish, { address: orderAddress(), key, hasToken })} /></div>
            <div class="stack-sm"><h3>REST</h3><${Code} label="curl" text=${curlCall(wish, { origin: location.origin, key, hasToken })} /></div>
          </div>
        </${Card}>
        <${Card} title="Placed here" bare>
          ${
            placed.length === 0
              ? html`<${Empty} title="Nothing placed yet" icon="try">Each order shows here, event by event, until it has ended.</${Empty}>`
              : html`<ul class="placed" aria-label="Placed orders">${placed.map((each) => html`<${PlacedOrder} key=${each.orderId} placed=${each} />`)}</ul>`
          }
        </${Card}>
      </div>
    </div>`;
}
