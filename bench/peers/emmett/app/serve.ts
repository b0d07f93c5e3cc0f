/**
 * Orders and stock on emmett's PostgreSQL event store, over HTTP on 127.0.0.1; plain `node:http`, which costs less than the
 * frameworks of the docs. The store is set up as https://event-driven-io.github.io/emmett/event-stores/postgresql.html and
 * the authors' sample do (github.com/event-driven-io/emmett, samples/webApi/expressjs-with-postgresql/src/index.ts): inline
 * projections, the schema migrated once at the start, a pool of connections.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { projections } from '@event-driven-io/emmett';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { pongoClient } from '@event-driven-io/pongo';
import pg from 'pg';
import { createCharge } from '../../charge.ts';
import type { Item, OrderWish } from '../../workload.ts';
import { COLLECTION, detailsProjection, type OrderDetails } from './details.ts';
import { orderStream, placeOrder } from './placeOrder.ts';
import { handleStock, stockOf } from './stockPeriods.ts';

const {
  PEER_PORT = '',
  PEER_PROVIDER_URL = '',
  PEER_DATABASE_URL: url = '',
  PEER_CONNECTIONS = '',
} = process.env;

const charge = createCharge(PEER_PROVIDER_URL);
const pool = new pg.Pool({ connectionString: url, max: Number(PEER_CONNECTIONS) });
const store = getPostgreSQLEventStore(url, {
  projections: projections.inline([detailsProjection]),
  schema: { autoMigration: 'None' },
  connectionOptions: { pool },
});
await store.schema.migrate();
const details = pongoClient(url).db().collection<OrderDetails>(COLLECTION);

/** By method and the first part of the path; the second is the key. */
const routes: Record<string, (key: string, body: string) => Promise<unknown>> = {
  'POST orders': async (orderId, body) => ({
    status: await placeOrder({ store, charge }, orderId, JSON.parse(body) as OrderWish),
  }),
  'GET orders': async (orderId) => (await details.findOne({ _id: orderStream(orderId) }))?.status,
  'PUT stock': async (sku, body) => {
    await handleStock(store, sku, { type: 'OpenPeriod', data: JSON.parse(body) as Item });
    return {};
  },
  'GET stock': async (sku) => (await stockOf(store, sku))?.available,
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

createServer(async (request, response) => {
  try {
    const [, what = '', key = ''] = (request.url ?? '').split('/');
    const route = routes[`${request.method} ${what}`];
    const answer = await route?.(key, await bodyOf(request));
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(Number(PEER_PORT), '127.0.0.1');
