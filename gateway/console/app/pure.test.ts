import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'mocha';
import { everyDay, perOrder } from './pages/analytics/sums.js';
import { parkedIn } from './pages/live/parked.js';
import { arrows, laneX } from './pages/order/lanes.js';
import { curlCall, grpcCall } from './pages/try/calls.js';
import { routeOf } from './router.js';
import { flowOf, movedAlong } from './saga/flow.js';
import { roundedPath } from './saga/path.js';
import type { LiveEvent } from './types.d.ts';

const key = '5c1c0f2e-5b7e-4c55-9a5e-0d8a6f6f7a01';

describe('the calls of the try-it page', () => {
  const wish = {
    customerId: "o'neil",
    sku: 'SKU-TEA',
    quantity: 3,
    paymentToken: 'tok_slow',
    sagaMode: 'SAGA_MODE_DIRECT',
  };
  /** What a shell hands to a program. */
  const argumentsOf = (call: string): string[] =>
    execFileSync('sh', ['-c', `set -- ${call}\nfor each; do printf '%s\\0' "$each"; done`], {
      encoding: 'utf8',
    })
      .split('\0')
      .slice(0, -1);

  it('are what a shell takes for the order, quotes and all', () => {
    const curl = argumentsOf(curlCall(wish, { origin: 'http://127.0.0.1:8080', key }));
    assert.deepEqual(curl.slice(0, 3), ['curl', '-i', 'http://127.0.0.1:8080/v1/orders']);
    assert.ok(curl.includes(`Idempotency-Key: ${key}`));
    const lines = [{ sku: 'SKU-TEA', quantity: 3 }];
    assert.deepEqual(JSON.parse(curl.at(-1) ?? ''), {
      customerId: "o'neil",
      lines,
      paymentToken: 'tok_slow',
      sagaMode: 'SAGA_MODE_DIRECT',
    });
    const grpc = argumentsOf(grpcCall(wish, { address: '127.0.0.1:50051', key }));
    assert.deepEqual(JSON.parse(grpc[3] ?? ''), {
      request_id: key,
      customer_id: "o'neil",
      lines,
      payment_token: 'tok_slow',
      saga_mode: 'SAGA_MODE_DIRECT',
    });
  });
});

describe('the calls of the try-it page, where one has signed in', () => {
  const wish = { customerId: 'ada', sku: 'SKU-TEA', quantity: 1, paymentToken: 'tok_ok', sagaMode: '' };

  it("name the shell's token, and hold none", () => {
    const bearer = /-H "Authorization: Bearer \$ORDERLOG_TOKEN" \\\n/;
    assert.match(curlCall(wish, { origin: 'http://127.0.0.1:8080', key, hasToken: true }), bearer);
    assert.match(grpcCall(wish, { address: '127.0.0.1:50051', key, hasToken: true }), bearer);
  });
});

describe('the arrows of a timeline', () => {
  const event = (eventId: string, service: string, causeId?: string) => ({ eventId, service, causeId });

  it('go from each cause that is there, and from none that is not', () => {
    const events = [event('a', 'order'), event('b', 'catalog', 'a'), event('c', 'catalog', 'elsewhere')];
    assert.deepEqual(
      arrows(events, [20, 60, 100]).map(({ from, to }) => [from, to]),
      [[0, 1]],
    );
  });

  it('go straight down a lane, and bend into another one', () => {
    const events = [event('a', 'order'), event('b', 'order', 'a'), event('c', 'payment', 'b')];
    const [straight, bent] = arrows(events, [20, 60, 100]).map(({ path }) => path);
    assert.equal(straight, `M${laneX('order')} 26L${laneX('order')} 50`);
    assert.match(bent ?? '', new RegExp(`^M${laneX('order')} 66C.* ${laneX('payment')} 90$`));
  });
});

describe('the flow through the saga', () => {
  const live = (totals: Record<string, number>): LiveEvent[] =>
    Object.entries(totals).map(([type, total]) => ({
      type,
      service: '',
      step: null,
      boundary: null,
      perSecond: 1,
      total,
    }));
  const node = (id: string, kind: 'step' | 'rollback', events: string[]) =>
    ({ id, kind, title: id, lines: [], service: '', events }) as const;
  const edge = (from: string, to: string, events: string[]) =>
    ({ from, to, kind: 'undo', labels: events, events }) as const;

  it('counts what a node has behind it', () => {
    assert.deepEqual(flowOf(live({ A: 3, B: 4, C: 9 }), ['A', 'B']), { total: 7, perSecond: 2 });
  });

  it('takes an event that may lead to two ends along the edge to that which was reached', () => {
    const nodes = [node('cancelled', 'rollback', ['Cancelled']), node('refunded', 'rollback', ['Refunded'])];
    const edges = [edge('cancel', 'cancelled', ['Back']), edge('cancel', 'refunded', ['Back'])];
    const graph = {
      nodes: nodes.map((each) => ({ ...each, lines: [] })),
      edges: edges.map((each) => ({ ...each })),
    };
    const before = live({ Back: 1, Cancelled: 1, Refunded: 0 });
    const after = live({ Back: 3, Cancelled: 1, Refunded: 2 });
    assert.deepEqual([...movedAlong(graph, before, after).values()], [0, 2]);
  });
});

describe('a way of straight pieces', () => {
  it('gets round corners, smaller where a piece is short', () => {
    const way = [
      { x: 0, y: 0 },
      { x: 40, y: 0 },
      { x: 40, y: 4 },
    ];
    assert.equal(roundedPath(way), 'M0 0L32 0Q40 0 40 2L40 4');
    assert.equal(roundedPath([]), '');
  });
});

describe('the sums of the analytics page', () => {
  it('show every day of the time, of one currency', () => {
    const eur = (units: string) => ({ currencyCode: 'EUR', units });
    const dailySales = [
      { date: '2026-02-27', revenue: eur('5') },
      { date: '2026-02-27', revenue: { currencyCode: 'USD', units: '9' } },
      { date: '2026-03-01', revenue: eur('7') },
    ];
    const days = everyDay({ dailySales, firstDate: '2026-02-27', lastDate: '2026-03-02' }, 'EUR');
    assert.deepEqual(
      days.map(({ date, revenue }) => [date, revenue?.units]),
      [
        ['2026-02-27', '5'],
        ['2026-02-28', undefined],
        ['2026-03-01', '7'],
        ['2026-03-02', undefined],
      ],
    );
    assert.deepEqual(everyDay({}, 'EUR'), []);
  });

  it('are exact beyond what a number holds', () => {
    const revenue = { currencyCode: 'EUR', units: '90071992547409930', nanos: 500_000_000 };
    assert.deepEqual(perOrder(revenue, 5), {
      currencyCode: 'EUR',
      units: '18014398509481986',
      nanos: 100_000_000,
    });
    assert.equal(perOrder(undefined, 5), undefined);
  });
});

describe('how many events are parked', () => {
  const of = (service: string, count: number | null, isMore = false) => ({ service, count, isMore });

  it('is not said of a service that cannot be asked', () => {
    assert.deepEqual(parkedIn([of('order', 0), of('payment', null)]), {
      known: 0,
      value: '0',
      hint: 'payment cannot be asked',
    });
    assert.equal(parkedIn([of('order', null)]).value, '–');
    assert.deepEqual(parkedIn([]), { known: 0, value: '–', hint: 'cannot be told now' });
  });

  it('is at least what was counted', () => {
    assert.deepEqual(parkedIn([of('order', 100, true), of('payment', 2)]), {
      known: 102,
      value: '102+',
      hint: '',
    });
    assert.deepEqual(parkedIn([of('order', 0)]), { known: 0, value: '0', hint: 'none' });
  });
});

describe('where one is', () => {
  it('is read from any address that somebody may have typed', () => {
    const { path, params } = routeOf('#/orders/a%2Fb?version=3');
    assert.deepEqual([path, params.get('version')], [['orders', 'a/b'], '3']);
    assert.deepEqual(routeOf('#/orders/%E0%A4%A').path, ['orders', '%E0%A4%A']);
  });
});
