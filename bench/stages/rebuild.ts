/**
 * Events a second of `orderlog rebuild orders` while nothing else happens, from the first event to the last, against raw bulk
 * requests of the documents that it makes: what comes to so many events, written once and by nothing but the client.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ordersIndex } from '../../projector/orders/mapping.ts';
import type { Comparison } from '../bench/measure.ts';
import { assertCounts } from './counts.ts';
import { assertOrders, bestAtOnce, createOrdersIndex, madeDocuments, writeBulks } from './documents.ts';
import { ordersLog } from './ordersLog.ts';
import { rateSince } from './pace.ts';
import { prepared } from './prepared.ts';
import { catchUp } from './projector.ts';
import { elasticsearchOf, natsOf } from './servers.ts';
import { EVENTS_AN_ORDER } from './stories.ts';

/** A process that has just begun is slow for its first second, and whoever writes raw requests is warm: with few orders that is what would be measured. */
const [ORDERS_QUICK, ORDERS_FULL] = [5_000, 120_000];
export const rebuiltOrders = (isQuick: boolean): number => (isQuick ? ORDERS_QUICK : ORDERS_FULL);
const RAW_INDEX = 'raw';
/** Nobody listens there, and nobody needs to: the log lacks nothing. */
const NO_ORDER_SERVICE = '127.0.0.1:9';

interface Rebuilt {
  readonly action: string;
  readonly events: number;
  readonly seconds: number;
}

export const rebuild: Comparison = {
  id: 'rebuild',
  title:
    'Filling an index by `orderlog rebuild orders` without load, against raw bulk requests of its documents',
  target: 0.5,
  prepare: (context) =>
    prepared(async (ending) => {
      const { es, url } = await elasticsearchOf(context, ending);
      const { connection, url: natsUrl } = await natsOf(context, ending);
      const log = await ordersLog(connection, context.say);
      const orders = rebuiltOrders(context.quick);
      await log.growTo(orders * EVENTS_AN_ORDER);
      context.say(`projecting ${orders} orders`);
      await catchUp(es, log, { connection, signal: context.signal });
      const documents = await madeDocuments(orders);
      const settings = { ...ordersIndex.settings, refresh_interval: '-1' };
      const atOnce = await bestAtOnce(es, context, settings);
      const env = {
        ...process.env,
        ORDERLOG_NATS_URL: natsUrl,
        ORDERLOG_ELASTICSEARCH_URL: url,
        ORDERLOG_ORDER_ADDRESS: NO_ORDER_SERVICE,
      };
      return {
        subject: {
          name: 'rebuild',
          unit: 'events/s',
          async run() {
            const startedMs = performance.now();
            const args = ['cli/bin.js', 'rebuild', 'orders', '--json'];
            const { stdout } = await promisify(execFile)(process.execPath, args, {
              env,
              signal: context.signal,
            });
            const { action, events, seconds }: Rebuilt = JSON.parse(stdout);
            if (action !== 'switched') throw new Error(`the rebuild ended otherwise: ${stdout}`);
            const total = Math.round(performance.now() - startedMs) / 1_000;
            assertCounts('the rebuild', { events }, { events: log.last() });
            const all = log.last() / EVENTS_AN_ORDER;
            await assertOrders('the rebuild', es, { index: ordersIndex.alias, orders: all });
            return {
              rate: events / seconds,
              detail: { events, seconds, 'seconds with comparison and switch': total },
            };
          },
        },
        reference: {
          name: 'raw bulk',
          unit: 'events/s',
          async run() {
            await createOrdersIndex(es, RAW_INDEX, settings);
            const startedMs = performance.now();
            await writeBulks(es, RAW_INDEX, { documents, atOnce });
            const rate = rateSince(documents.length * EVENTS_AN_ORDER, startedMs);
            await assertOrders('raw bulk', es, { index: RAW_INDEX, orders: documents.length });
            await es.indices.delete({ index: RAW_INDEX });
            return { rate, detail: { documents: documents.length, 'requests at once': atOnce } };
          },
        },
      };
    }),
};
