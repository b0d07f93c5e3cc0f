/**
 * Reads of an order by its id a second from a gateway, a process of its own, by gRPC and by REST, against raw GETs of the same
 * documents from Elasticsearch by the same HTTP client, over as many connections, each with one request at a time.
 */
import { randomBytes } from 'node:crypto';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { freePorts } from '../../cli/servers/ports.ts';
import { openServiceLog } from '../../cli/start/serviceLog.ts';
import { startService } from '../../cli/start/serviceProcess.ts';
import { createIndex } from '../../projector/engine/index.ts';
import { ordersIndex } from '../../projector/orders/mapping.ts';
import {
  GetOrderRequest,
  OrderQueryServiceService,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import type { BenchContext, Comparison } from '../bench/measure.ts';
import { createCaller } from '../load/caller.ts';
import { type MadeDocument, madeDocuments, writeBulks } from './documents.ts';
import { closedLoop } from './pace.ts';
import { type Ending, prepared } from './prepared.ts';
import { elasticsearchOf, natsOf } from './servers.ts';

const CONNECTIONS = 16;
const [ORDERS_QUICK, ORDERS_FULL] = [2_000, 20_000];
const TIMEOUT_MS = 5_000;
const STOP_MS = 2_000;
const NO_SERVICE = '127.0.0.1:9';

interface Gateway {
  readonly grpc: string;
  readonly http: string;
  readonly elasticsearch: string;
  /** The n-th order's. */
  id(n: number): string;
}

export const gatewayByGrpc: Comparison = {
  id: 'gateway-grpc',
  title: 'GetOrder from the gateway by gRPC, against raw GETs from Elasticsearch',
  prepare: (context) =>
    prepared(async (ending) => {
      const gateway = await gatewayOf(context, ending);
      const caller = createCaller(gateway.grpc, CONNECTIONS);
      ending.defer(() => caller.close());
      const path = OrderQueryServiceService.getOrder.path;
      const read = async (n: number) => {
        const request = GetOrderRequest.encode(GetOrderRequest.fromPartial({ orderId: gateway.id(n) }));
        const status = await caller.call(path, request.finish(), TIMEOUT_MS);
        if (status !== 0) throw new Error(`GetOrder was answered ${status}`);
      };
      return { subject: reads('gateway by gRPC', read), reference: rawGets(gateway, ending) };
    }),
};

export const gatewayByRest: Comparison = {
  id: 'gateway-rest',
  title: 'GET /v1/orders/{id} from the gateway, against raw GETs from Elasticsearch',
  prepare: (context) =>
    prepared(async (ending) => {
      const gateway = await gatewayOf(context, ending);
      const fetchOne = httpClient(ending);
      const read = (n: number) => fetchOne(`http://${gateway.http}/v1/orders/${gateway.id(n)}`);
      return { subject: reads('gateway by REST', read), reference: rawGets(gateway, ending) };
    }),
};

const rawGets = (gateway: Gateway, ending: Ending) => {
  const fetchOne = httpClient(ending);
  return reads('raw GET', (n) =>
    fetchOne(`${gateway.elasticsearch}/${ordersIndex.alias}/_doc/${gateway.id(n)}`),
  );
};

function reads(name: string, read: (n: number) => Promise<unknown>) {
  let n = 0;
  return {
    name,
    unit: 'reads/s',
    run: async (seconds: number) => ({
      rate: await closedLoop(CONNECTIONS, seconds, () => read(n++)),
      detail: { connections: CONNECTIONS },
    }),
  };
}

/** Reads the whole answer; throws unless it is 200. */
function httpClient(ending: Ending): (url: string) => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  ending.defer(() => agent.destroy());
  return (url) =>
    new Promise((resolve, reject) => {
      get(url, { agent, timeout: TIMEOUT_MS }, (response) => {
        response.resume();
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${url} was answered ${response.statusCode}`));
        });
      }).on('error', reject);
    });
}

/** With orders to read in its read model; the services behind it are not there, and not asked. */
async function gatewayOf(context: BenchContext, ending: Ending): Promise<Gateway> {
  const { es, url: elasticsearch } = await elasticsearchOf(context, ending);
  const { url: nats } = await natsOf(context, ending);
  const index = `${ordersIndex.alias}-v${ordersIndex.version}`;
  await createIndex(es, ordersIndex, { index, alias: ordersIndex.alias });
  const documents = await madeDocuments(context.quick ? ORDERS_QUICK : ORDERS_FULL);
  await writeBulks(es, index, documents);
  const port = await freePorts(2);
  const [grpc, http] = [`127.0.0.1:${port}`, `127.0.0.1:${port + 1}`];
  const log = openServiceLog('gateway', join(context.folder, 'gateway.log'), context.say);
  ending.defer(() => log.close());
  context.say('starting the gateway');
  const gateway = await startService({
    name: 'gateway',
    main: 'gateway/main.ts',
    cwd: process.cwd(),
    env: {
      PATH: process.env.PATH,
      ORDERLOG_LOG_LEVEL: 'error',
      ORDERLOG_GRPC_LISTEN: grpc,
      ORDERLOG_HTTP_LISTEN: http,
      ORDERLOG_NATS_URL: nats,
      ORDERLOG_ELASTICSEARCH_URL: elasticsearch,
      ORDERLOG_ORDER_ADDRESS: NO_SERVICE,
      ORDERLOG_CATALOG_ADDRESS: NO_SERVICE,
      ORDERLOG_PAYMENT_ADDRESS: NO_SERVICE,
      ORDERLOG_CONSISTENCY_KEY: randomBytes(32).toString('base64'),
      // One address asks for all that it can do.
      ORDERLOG_RATE_LIMIT_REQUESTS: '0',
    },
    log,
    signal: context.signal,
  });
  ending.defer(() => gateway.stop(STOP_MS));
  return { grpc, http, elasticsearch, id: idsOf(documents) };
}

/** A stride that meets every document, in no order that a cache would like. */
const idsOf = (documents: readonly MadeDocument[]) => (n: number) =>
  documents[(n * 7_919) % documents.length]?.id ?? '';
