import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { after, before, describe, it } from 'mocha';
import { testElasticsearch } from '../../cli/servers/testing.ts';
import { ANYBODY } from '../../platform/access/caller.ts';
import { openElasticsearch } from '../../platform/elasticsearch/client.ts';
import type { OrderlogError } from '../../platform/errors.ts';
import { toDocument } from '../../projector/orders/document.ts';
import { ordersIndex } from '../../projector/orders/mapping.ts';
import type { Money } from '../../proto/gen/google/type/money.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import {
  OrderSort,
  ReadSource,
  SearchOrdersRequest,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import {
  consistencyKey,
  orderDouble,
  startGateway,
  type TestGateway,
  type TestReadModel,
  type TestServer,
  testReadModel,
  tokenOf,
} from '../testbed.testing.ts';
import { openOrderReadModel } from './orderReadModel.ts';
import { searchOrders } from './searchOrders.ts';

const { ORDER_STATUS_COMPLETED, ORDER_STATUS_REJECTED, ORDER_STATUS_PENDING } = OrderStatus;
const eur = (units: bigint, nanos = 0): Money => ({ currencyCode: 'EUR', units, nanos });
const day = (n: number) => new Date(Date.UTC(2026, 0, 1 + n, 12));

interface Sample {
  readonly orderId: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly createTime: Date;
  readonly total?: Money;
  readonly name: string;
  readonly sku: string;
}

const goods = [
  ['SKU-COFFEE', 'Coffee beans, 1 kg'],
  ['SKU-MUG', 'Blue mug'],
  ['SKU-FILTER', 'Coffee filter, 100 pieces'],
] as const;

/** 60 orders; some were placed at the same time, some have the same total, every fifth has none. */
const samples: readonly Sample[] = Array.from({ length: 60 }, (_, n) => {
  const [sku, name] = goods[n % 3] ?? goods[0];
  return {
    orderId: randomUUID(),
    customerId: n % 4 === 0 ? 'ada' : 'bob',
    status: n % 5 === 4 ? ORDER_STATUS_PENDING : n % 7 === 0 ? ORDER_STATUS_REJECTED : ORDER_STATUS_COMPLETED,
    createTime: day(Math.floor(n / 3)),
    ...(n % 5 !== 4 && { total: totalOf(n) }),
    name: n % 5 === 4 ? '' : name,
    sku,
  };
});

/** Two of them are only told apart by more digits than a double has; one is of another currency. */
function totalOf(n: number): Money {
  if (n === 10) return eur(90_071_992_547_409n, 930_000_000);
  if (n === 11) return eur(90_071_992_547_409n, 920_000_000);
  return n === 12 ? { currencyCode: 'USD', units: 5n, nanos: 0 } : eur(BigInt(n % 10), 500_000_000);
}

describe('searches of the read model', () => {
  let url: string;
  let model: TestReadModel;
  let service: TestServer;
  let gateway: TestGateway;
  const definition = { properties: ordersIndex.properties, toDocument };
  const project = (sample: Sample, version = 1, sequence = 1) => {
    const { name, sku, ...head } = sample;
    const lines = [{ sku, name, quantity: 1, unitPrice: undefined, lineTotal: undefined }];
    return model.project({ ...head, lines, version }, sequence);
  };

  before(async function () {
    this.timeout(180_000);
    url = (await testElasticsearch()).url;
    // Refreshed only when it is asked for: what is stale is seen to be.
    model = await testReadModel(url, definition, { refresh_interval: '-1' });
    service = await orderDouble({});
    gateway = await startGateway({ ...model, orderAddress: service.address });
    await Promise.all(samples.map((sample) => project(sample)));
    await model.writeCheckpoint({ sequence: 60 });
    await model.es.indices.refresh({ index: model.alias });
  });
  after(async () => {
    await gateway.stop();
    await service.stop();
    await model.remove();
  });

  type Asked = Partial<SearchOrdersRequest>;
  const search = (asked: Asked = {}, timeoutMs = 20_000) =>
    gateway.query.searchOrders(SearchOrdersRequest.fromPartial(asked), { timeoutMs });
  const found = async (asked: Asked = {}) =>
    (await search({ pageSize: 100, ...asked })).orders.map(({ orderId }) => orderId);
  const wanted = (matches: (sample: Sample, n: number) => boolean) =>
    samples.filter(matches).map(({ orderId }) => orderId);
  const sameSet = (a: readonly string[], b: readonly string[]) =>
    assert.deepEqual([...a].sort(), [...b].sort());
  async function pages(asked: Asked, pageSize: number): Promise<string[]> {
    const ids: string[] = [];
    for (let pageToken = ''; ; ) {
      const page = await search({ ...asked, pageSize, pageToken });
      assert.ok(page.orders.length <= pageSize);
      ids.push(...page.orders.map(({ orderId }) => orderId));
      pageToken = page.nextPageToken;
      if (pageToken === '') return ids;
    }
  }

  it('find every order once, newest first, and say what they reflect', async () => {
    const { orders, totalSize, readState, statusCounts } = await search({ pageSize: 100 });
    sameSet(
      orders.map(({ orderId }) => orderId),
      wanted(() => true),
    );
    const times = orders.map(({ createTime }) => createTime?.getTime() ?? 0);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
    assert.equal(totalSize, 60n);
    assert.deepEqual(readState, {
      source: ReadSource.READ_SOURCE_PROJECTION,
      orderVersion: 0,
      logSequence: 60n,
    });
    assert.equal(orders[0]?.version, 1);
    const counted = (status: OrderStatus) => BigInt(wanted((sample) => sample.status === status).length);
    for (const { status, count } of statusCounts) assert.equal(count, counted(status));
    assert.equal(statusCounts.length, 3);
  });

  it('hold one customer only in his list', async () => {
    const list = await gateway.query.listCustomerOrders({
      customerId: 'ada',
      pageSize: 100,
      pageToken: '',
      consistencyToken: '',
    });
    sameSet(
      list.orders.map(({ orderId }) => orderId),
      wanted(({ customerId }) => customerId === 'ada'),
    );
    assert.equal(list.readState?.logSequence, 60n);
  });

  it('find words of names, SKUs and customers, all of them, the last while it is typed', async () => {
    const named = (part: string) => wanted(({ name, sku }) => `${name} ${sku}`.toLowerCase().includes(part));
    sameSet(await found({ query: 'coffee' }), named('coffee'));
    sameSet(
      await found({ query: 'COFFEE bea' }),
      wanted(({ name }) => name.startsWith('Coffee beans')),
    );
    sameSet(
      await found({ query: 'beans coffee' }),
      wanted(({ name }) => name.startsWith('Coffee beans')),
    );
    sameSet(
      await found({ query: 'sku-mug' }),
      wanted(({ sku }) => sku === 'SKU-MUG'),
    );
    sameSet(
      await found({ query: 'bob mu' }),
      wanted((s) => s.customerId === 'bob' && s.sku === 'SKU-MUG'),
    );
    assert.deepEqual(await found({ query: 'coffee mug' }), []);
    assert.deepEqual(await found({ query: 'teapot' }), []);
  });

  it('filter by status, customer, dates and totals, and count by status before that', async () => {
    const both = [ORDER_STATUS_PENDING, ORDER_STATUS_REJECTED];
    const { orders, totalSize, statusCounts } = await search({ statuses: both, pageSize: 100 });
    const expected = wanted(({ status }) => both.some((each) => each === status));
    sameSet(
      orders.map(({ orderId }) => orderId),
      expected,
    );
    assert.equal(totalSize, BigInt(expected.length));
    assert.equal(statusCounts.length, 3);
    sameSet(
      await found({ customerId: 'ada', statuses: [ORDER_STATUS_COMPLETED] }),
      wanted((s) => s.customerId === 'ada' && s.status === ORDER_STATUS_COMPLETED),
    );
    sameSet(
      await found({ createdAfter: day(3), createdBefore: day(6) }),
      wanted(({ createTime }) => createTime >= day(3) && createTime < day(6)),
    );
    const within = (min: bigint, max: bigint) =>
      wanted(({ total }) => total?.currencyCode === 'EUR' && total.units >= min && total.units <= max);
    sameSet(await found({ minTotal: eur(3n), maxTotal: eur(5n, 990_000_000) }), within(3n, 5n));
    sameSet(await found({ minTotal: eur(100n) }), within(100n, 2n ** 62n));
    const dollars = { currencyCode: 'USD', units: 100n, nanos: 0 };
    assert.deepEqual(await found({ maxTotal: dollars }), [samples[12]?.orderId]);
  });

  const sorts = [
    OrderSort.ORDER_SORT_CREATED_DESC,
    OrderSort.ORDER_SORT_CREATED_ASC,
    OrderSort.ORDER_SORT_TOTAL_DESC,
    OrderSort.ORDER_SORT_TOTAL_ASC,
    OrderSort.ORDER_SORT_RELEVANCE,
  ];
  for (const sort of sorts) {
    it(`page without a gap or a repeat, whatever the size: sort ${sort}`, async function () {
      this.timeout(120_000);
      const query = sort === OrderSort.ORDER_SORT_RELEVANCE ? 'coffee' : '';
      const all = await found({ sort, query });
      assert.equal(new Set(all).size, query === '' ? 60 : all.length);
      for (const size of [3, 7, 59, 60]) assert.deepEqual(await pages({ sort, query }, size), all);
    });
  }

  it('sort by totals exactly, by currency, and those without one last', async () => {
    const all = (await search({ sort: OrderSort.ORDER_SORT_TOTAL_DESC, pageSize: 100 })).orders;
    assert.deepEqual(
      all.slice(0, 2).map(({ orderId }) => orderId),
      [samples[10]?.orderId, samples[11]?.orderId],
    );
    const keys = all.map(({ total }) => total?.currencyCode ?? '');
    assert.deepEqual([...new Set(keys)], ['EUR', 'USD', '']);
    const ascending = await found({ sort: OrderSort.ORDER_SORT_TOTAL_ASC });
    const isPriced = (id: string) => samples.find(({ orderId }) => orderId === id)?.total !== undefined;
    assert.ok(ascending.slice(0, 48).every(isPriced) && !ascending.slice(48).some(isPriced));
  });

  it('rank whole words above beginnings, and exact SKUs above words', async () => {
    const ranked = { sort: OrderSort.ORDER_SORT_RELEVANCE, pageSize: 100 };
    const [first] = (await search({ ...ranked, query: 'sku-coffee' })).orders;
    assert.equal(first?.lines[0]?.sku, 'SKU-COFFEE');
    await assert.rejects(search({ sort: OrderSort.ORDER_SORT_RELEVANCE }), {
      code: 'INVALID_ARGUMENT',
      message: 'sort by relevance needs a query',
    });
  });

  it('take a page token only as it was given, and for the same question', async () => {
    const asked = { query: 'coffee', pageSize: 5 };
    const { nextPageToken: token } = await search(asked);
    const refused = { code: 'INVALID_ARGUMENT', reason: 'PAGE_TOKEN_INVALID' };
    const changes = fc.asyncProperty(
      fc.nat(token.length - 1),
      fc.constantFrom(...'AbZ09-_'),
      async (at, char) => {
        const pageToken = token.slice(0, at) + char + token.slice(at + 1);
        if (pageToken !== token) await assert.rejects(search({ ...asked, pageToken }), refused);
      },
    );
    await fc.assert(changes, { numRuns: 30 });
    for (const pageToken of ['x', token.slice(1), `${token}A`, Buffer.from('["x"]').toString('base64url')]) {
      await assert.rejects(search({ ...asked, pageToken }), refused);
    }
    const others: Asked[] = [
      { query: 'mug' },
      { sort: OrderSort.ORDER_SORT_CREATED_ASC },
      { customerId: 'ada' },
    ];
    for (const other of others) {
      await assert.rejects(search({ ...asked, ...other, pageToken: token }), refused);
    }
    const list = { customerId: 'ada', pageSize: 5, pageToken: token, consistencyToken: '' };
    await assert.rejects(gateway.query.listCustomerOrders(list), refused);
    assert.equal((await search({ ...asked, pageSize: 7, pageToken: token })).orders.length, 7);
  });

  it('take whatever is typed for words, and never for a query', async () => {
    const typed = [
      '*',
      '* OR 1=1',
      'status:ORDER_STATUS_COMPLETED',
      '"}}}, {"match_all":{}}',
      '+coffee -beans',
      '(coffee',
      'coffee~2',
      '/.*/',
      'customerId:(ada)',
      '\\',
      '_exists_:view',
      '{{#toJson}}view{{/toJson}}',
      '💥',
      'x'.repeat(200),
      'a b '.repeat(50),
    ];
    for (const query of typed) {
      const { orders } = await search({ query, pageSize: 100 });
      assert.ok(orders.length < 60, `${query} finds everything`);
    }
    assert.deepEqual(await found({ query: 'status:ORDER_STATUS_COMPLETED' }), []);
    const anything = fc.asyncProperty(fc.string({ maxLength: 50, unit: 'binary' }), async (query) => {
      await search({ query: query.toWellFormed() }).catch((error: OrderlogError) =>
        assert.equal(error.code, 'INVALID_ARGUMENT'),
      );
    });
    await fc.assert(anything, { numRuns: 30 });
  });

  const wrong: [string, Asked, string][] = [
    ['a page too large', { pageSize: 101 }, 'page_size'],
    ['a query with a NUL', { query: 'a\u0000' }, 'query'],
    ['too long a query', { query: 'x'.repeat(201) }, 'query'],
    ['a customer who is none', { customerId: 'a b' }, 'customer_id'],
    ['dates in the wrong order', { createdAfter: day(2), createdBefore: day(1) }, 'created_before'],
    ['totals in the wrong order', { minTotal: eur(2n), maxTotal: eur(1n) }, 'max_total'],
    ['two currencies', { minTotal: eur(2n), maxTotal: { ...eur(3n), currencyCode: 'USD' } }, 'max_total'],
    ['a currency that is none', { minTotal: { ...eur(1n), currencyCode: 'XXX' } }, 'min_total.currency_code'],
    ['a part of a cent', { maxTotal: eur(1n, 1) }, 'max_total.nanos'],
  ];
  for (const [what, asked, field] of wrong) {
    it(`refuse ${what}, and name ${field}`, async () => {
      await assert.rejects(search(asked), (error: OrderlogError) => {
        assert.deepEqual([error.code, error.violations[0]?.field], ['INVALID_ARGUMENT', field]);
        return true;
      });
    });
  }

  describe('with a consistency token', () => {
    const fresh = (more: Partial<Sample> = {}): Sample => ({
      orderId: randomUUID(),
      customerId: `c-${randomUUID()}`,
      status: ORDER_STATUS_PENDING,
      createTime: day(40),
      name: '',
      sku: 'SKU-MUG',
      ...more,
    });

    it('find the write although the index was not refreshed', async () => {
      const sample = fresh();
      await project(sample, 3);
      const { orderId, customerId } = sample;
      assert.deepEqual(await found({ customerId }), []);
      const consistencyToken = tokenOf(orderId, 3);
      assert.deepEqual(await found({ customerId, consistencyToken }), [orderId]);
    });

    it('wait until the write is there', async () => {
      const sample = fresh();
      const { orderId, customerId } = sample;
      const list = gateway.query.listCustomerOrders({
        customerId,
        pageSize: 0,
        pageToken: '',
        consistencyToken: tokenOf(orderId, 2),
      });
      await project(sample, 1);
      await project({ ...sample, status: ORDER_STATUS_COMPLETED }, 2);
      assert.equal((await list).orders[0]?.version, 2);
    });

    it('refresh once for many who wait', async () => {
      const many = Array.from({ length: 20 }, () => fresh());
      await Promise.all(many.map((sample) => project(sample, 1)));
      const refreshes = async () => {
        const { _all } = await model.es.indices.stats({ index: model.alias, metric: 'refresh' });
        return _all.total?.refresh?.external_total ?? 0;
      };
      const before = await refreshes();
      await Promise.all(
        many.map(async ({ orderId, customerId }) => {
          const consistencyToken = tokenOf(orderId, 1);
          assert.deepEqual(await found({ customerId, consistencyToken }), [orderId]);
        }),
      );
      assert.ok((await refreshes()) - before < many.length, 'each for himself');
    });

    it('say at the deadline how far the read model is', async () => {
      const sample = fresh();
      await project(sample, 2);
      const request = SearchOrdersRequest.fromPartial({ consistencyToken: tokenOf(sample.orderId, 3) });
      const real = openOrderReadModel(model.es, model.alias);
      // No client and no single read may meet the deadline first.
      const unhurried = {
        ...real,
        read: (orderId: string) => real.read(orderId, { timeoutMs: 20_000 }),
        progress: () => real.progress({ timeoutMs: 20_000 }),
      };
      const projection = {
        model: unhurried,
        orders: { getOrder: () => assert.fail('asked') },
        consistencyKey,
      };
      const call = {
        deadline: new Date(Date.now() + 300),
        signal: new AbortController().signal,
        traceparent: '',
        ...ANYBODY,
      };
      await assert.rejects(searchOrders(projection, request, call), (error: OrderlogError) => {
        assert.deepEqual([error.code, error.reason], ['UNAVAILABLE', 'READ_MODEL_BEHIND']);
        assert.match(
          error.message,
          /has version 2 of order .*, version 3 was asked for; it is at sequence 60/,
        );
        return true;
      });
      await assert.rejects(search({ consistencyToken: 'x' }), { reason: 'INVALID_TOKEN' });
    });
  });

  it('are UNAVAILABLE while Elasticsearch is away, and find nothing before there is an index', async () => {
    const away = openElasticsearch({ url: 'http://127.0.0.1:9', requestTimeoutMs: 1_000 });
    const blind = await startGateway({ es: away, orderAddress: service.address });
    const request = SearchOrdersRequest.fromPartial({});
    await assert.rejects(blind.query.searchOrders(request), {
      code: 'UNAVAILABLE',
      reason: 'READ_MODEL_UNAVAILABLE',
    });
    const answer = await fetch(`${blind.http}/v1/orders`);
    assert.deepEqual([answer.status, answer.headers.has('retry-after')], [503, true]);
    await blind.stop();
    const early = await startGateway({ es: model.es, alias: 'none', orderAddress: service.address });
    assert.deepEqual((await early.query.searchOrders(request)).orders, []);
    await early.stop();
  });

  describe('over REST', () => {
    const get = (query: string, headers = {}) => fetch(`${gateway.http}/v1/orders?${query}`, { headers });

    it('are the same, as protobuf JSON', async () => {
      const answer = await get(
        'query=coffee&statuses=ORDER_STATUS_COMPLETED&statuses=ORDER_STATUS_REJECTED&min_total=3.50&max_total=5' +
          '&currency=EUR&sort=ORDER_SORT_TOTAL_ASC&page_size=2&created_after=2026-01-01T00:00:00Z',
      );
      assert.equal(answer.status, 200);
      const page = (await answer.json()) as {
        orders: { orderId: string }[];
        nextPageToken: string;
        readState: { logSequence: string };
      };
      const asked = {
        query: 'coffee',
        statuses: [ORDER_STATUS_COMPLETED, ORDER_STATUS_REJECTED],
        minTotal: eur(3n, 500_000_000),
        maxTotal: eur(5n),
        sort: OrderSort.ORDER_SORT_TOTAL_ASC,
        createdAfter: new Date('2026-01-01T00:00:00Z'),
      };
      const same = await search({ ...asked, pageSize: 2 });
      assert.deepEqual(
        page.orders.map(({ orderId }) => orderId),
        same.orders.map(({ orderId }) => orderId),
      );
      assert.deepEqual(page.nextPageToken, same.nextPageToken);
      assert.equal(page.readState.logSequence, '60');
    });

    it('take the token of a header', async () => {
      assert.equal((await get('', { 'consistency-token': 'x' })).status, 400);
      const sample = samples[0];
      const token = tokenOf(sample?.orderId ?? '', 1);
      assert.equal((await get('page_size=1', { 'consistency-token': token })).status, 200);
    });
  });
});
