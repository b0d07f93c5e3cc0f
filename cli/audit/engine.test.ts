import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import { eventIdOf, partitionOf } from '../../platform/ids.ts';
import { callApi } from '../../platform/log/api.ts';
import { ItemPut } from '../../proto/gen/orderlog/catalog/v1/events.ts';
import { ORDERS } from '../../proto/streams.ts';
import { withClient } from '../servers/serviceDatabase.ts';
import { type AuditBed, startAuditBed } from './auditBed.testing.ts';
import { audit } from './engine.ts';
import type { Evidence } from './finding.ts';
import type { Invariant } from './invariant.ts';
import { analytics } from './invariants/analytics.ts';
import { folds } from './invariants/folds.ts';
import { log } from './invariants/log.ts';
import { stock } from './invariants/stock.ts';
import { stream } from './invariants/stream.ts';
import { openSources, type Sources } from './sources.ts';
import { euro } from './stories.testing.ts';

const silent = {
  waiting: () => undefined,
  begin: () => undefined,
  progress: () => undefined,
  done: () => undefined,
  skipped: () => undefined,
};

describe('the second look of an audit', function () {
  this.timeout(120_000);
  let bed: AuditBed;
  let sources: Sources;
  before(async () => {
    bed = await startAuditBed();
    sources = await openSources(bed.addresses);
  });
  after(async () => {
    await sources?.close();
    await bed?.stop();
  });

  /** `between` is done between the two looks. */
  const violationsOf = async (
    invariant: Invariant,
    between: () => Promise<unknown> = async () => undefined,
  ) => {
    let done: Promise<unknown> = Promise.resolve();
    const again = () => {
      done = between();
    };
    const { violations } = await audit(sources, {
      invariants: [invariant],
      isAtRest: false,
      secondLookAfterMs: 500,
      observer: { ...silent, again },
    });
    await done;
    return violations;
  };
  const run = (url: string, text: string, ...values: readonly unknown[]) =>
    withClient(url, (client) => client.query(text, [...values]));

  describe('of what goes on while it is broken', () => {
    const sku = `T-${randomUUID()}`;
    const inCatalog = (text: string, ...values: readonly unknown[]) =>
      run(bed.addresses.databases.catalog, text, ...values);

    it('finds wrong stock of an item that is being sold, and tells the counts of now', async () => {
      const put = ItemPut.encode({
        sku,
        name: 'A mug',
        unitPrice: euro(450n),
        initialOnHand: 10n,
      }).finish();
      await inCatalog(
        `insert into events (stream_id, version, event_id, type, partition, time, payload)
        values ($1, 1, $2, 'orderlog.catalog.v1.ItemPut', $3, now(), $4)`,
        `item/${sku}`,
        eventIdOf('catalog', `item/${sku}`, 1),
        partitionOf(sku),
        Buffer.from(put),
      );
      await inCatalog(`insert into items values ($1, 'A mug', 'EUR', 450, 11, 0, 1)`, sku);
      const found = await violationsOf(stock, () =>
        inCatalog('update items set reserved = 1 where sku = $1', sku),
      );
      const counts = {
        'on hand': '11',
        'on hand by its events': '10',
        reserved: '1',
        'open reservations': '0',
      };
      assert.deepEqual(found, [
        {
          kind: 'violation',
          invariant: 'stock',
          subject: `item ${sku}`,
          message: 'its stock is not what its events come to',
          evidence: { version: 1, ...counts },
        },
      ]);
    });

    it('finds nothing where the stock is right by then', async () => {
      const mend = () => inCatalog('update items set on_hand = 10, reserved = 0 where sku = $1', sku);
      assert.deepEqual(await violationsOf(stock, mend), []);
    });

    it('finds a row that is not the fold of its events, though its version moves on', async () => {
      await inCatalog(`update items set name = 'A cup' where sku = $1`, sku);
      const moveOn = () => inCatalog('update items set version = version + 1 where sku = $1', sku);
      const [found, ...others] = await violationsOf(folds, moveOn);
      assert.deepEqual([found?.subject, found?.evidence.version, others], [`items ${sku}`, 2, []]);
    });

    it('finds a wrong sum of a day on which orders still come in', async () => {
      const inAnalytics = (text: string) => run(bed.addresses.analytics, text);
      await inAnalytics(`insert into analytics_1.daily_sales values ('2026-01-05', 'EUR', 1, 100, 0, 0)`);
      const found = await violationsOf(analytics, () =>
        inAnalytics('update analytics_1.daily_sales set completed_minor = completed_minor + 5'),
      );
      assert.deepEqual(
        found.map(({ subject, message, evidence }) => [subject, message, evidence]),
        [
          [
            'daily_sales 2026-01-05 EUR',
            'a sum is not that over the orders',
            { found: '1 105 0 0', wanted: 'nothing' },
          ],
        ],
      );
    });

    it('finds a hole in a stream that goes on, and how it is set up', async () => {
      const publish = () => sources.log.request(`${ORDERS.subjectPrefix}.test`, '', { timeoutMs: 5_000 });
      // Unlike ours it lets go of messages.
      const config = { subjects: [`${ORDERS.subjectPrefix}.>`], storage: 'memory', allow_direct: true };
      await callApi(sources.log, `STREAM.CREATE.${ORDERS.name}`, { name: ORDERS.name, ...config });
      for (let n = 0; n < 3; n++) await publish();
      await callApi(sources.log, `STREAM.MSG.DELETE.${ORDERS.name}`, { seq: 2 });
      await run(
        bed.addresses.databases.order,
        `insert into relay (stream, stream_created, stream_epoch, position, prev)
        values ($1, 'then', 1, 0, array_fill(0::bigint, array[256]))`,
        ORDERS.name,
      );
      const found = await violationsOf(stream, publish);
      assert.deepEqual(
        found.filter(({ message }) => message === 'it has holes').map(({ evidence }) => evidence),
        [{ first: 1, last: 4, missing: 1 }],
      );
      const kinds = found.map(({ message }) => message);
      assert.ok(kinds.includes('it is not set up as it must be'), kinds.join(', '));
      const inLog = (await violationsOf(log)).map(({ subject, message }) => `${subject}: ${message}`);
      assert.deepEqual(inLog, ['ORDERS: it cannot be compared as a whole']);
    });
  });

  describe('of what it is told', () => {
    /** Tells of one fault in the first look, of another in the second. */
    const telling = (
      first: readonly [subject: string, message: string, evidence: Evidence],
      second: typeof first,
      lasting: readonly string[] = [],
    ): Invariant => {
      const looks = [first, second];
      return {
        name: 'told',
        promise: 'nothing is told',
        lasting,
        async check(_look, report) {
          const next = looks.shift();
          if (next) report.violation(...next);
        },
      };
    };

    for (const [what, invariant] of [
      [
        'the same message with other evidence is another fault',
        telling(['order 1', 'it lags', { version: 3 }], ['order 1', 'it lags', { version: 4 }]),
      ],
      [
        'a lasting message about another subject is another fault',
        telling(['item 1', 'it is short', {}], ['item 2', 'it is short', {}], ['it is short']),
      ],
      [
        'another message is another fault, whatever lasts',
        telling(['item 1', 'it is short', {}], ['item 1', 'it lags', {}], ['it is short', 'it lags']),
      ],
    ] as const) {
      it(what, async () => assert.deepEqual(await violationsOf(invariant), []));
    }

    it('finds the very same again', async () => {
      const same = ['order 1', 'it lags', { version: 3 }] as const;
      const found = await violationsOf(telling(same, same));
      assert.deepEqual(
        found.map(({ subject, message, evidence }) => [subject, message, evidence]),
        [same],
      );
    });
  });
});
