/**
 * Reads of an order by its id a second from a gateway, a process of its own, by gRPC and by REST, against raw GETs of the same
 * documents from Elasticsearch, over as many connections, each with one request at a time; by REST with the same HTTP client.
 */
import { randomBytes } from 'node:crypto';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { freePorts } from '../../cli/servers/ports.ts';
import { openServiceLog } from '../../cli/start/serviceLog.ts';
import { startService } from '../../cli/start/serviceProcess.ts';
import { createClient } from '../../platform/grpc/client.ts';
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
/** Of a turn's last answers so many are asked for again when its time is over, to see whose they are. */
const LOOKED_AT = 200;
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
      const client = createClient(OrderQueryServiceService, gateway.grpc);
      ending.defer(() => client.close());
      const idIn = async (n: number) => {
        const answer = await client.getOrder({ orderId: gateway.id(n), consistencyToken: '' });
        return answer.order?.orderId;
      };
      return {
        subject: reads('gateway by gRPC', gateway, { read, idIn }),
        reference: rawGets(gateway, ending),
      };
    }),
};

export const gatewayByRest: Comparison = {
  id: 'gateway-rest',
  title: 'GET /v1/orders/{id} from the gateway, against raw GETs from Elasticsearch',
  prepare: (context) =>
    prepared(async (ending) => {
      const gateway = await gatewayOf(context, ending);
      const { readOne, jsonOf } = httpClient(ending);
      const url = (n: number) => `http://${gateway.http}/v1/orders/${gateway.id(n)}`;
      const idIn = async (n: number) => {
        const answer = (await jsonOf(url(n))) as { readonly order?: { readonly orderId?: string } };
        return answer.order?.orderId;
      };
      return {
        subject: reads('gateway by REST', gateway, { read: (n) => readOne(url(n)), idIn }),
        reference: rawGets(gateway, ending),
      };
    }),
};

function rawGets(gateway: Gateway, ending: Ending) {
  const { readOne, jsonOf } = httpClient(ending);
  const url = (n: number) => `${gateway.elasticsearch}/${ordersIndex.alias}/_doc/${gateway.id(n)}`;
  const idIn = async (n: number) => {
    const { _source } = (await jsonOf(url(n))) as { readonly _source?: { readonly orderId?: string } };
    return _source?.orderId;
  };
  return reads('raw GET', gateway, { read: (n) => readOne(url(n)), idIn });
}

interface Reading {
  /** Throws unless the n-th order is answered. */
  read(n: number): Promise<unknown>;
  /** The order's that is answered when the n-th is asked for. */
  idIn(n: number): Promise<string | undefined>;
}

function reads(name: string, gateway: Gateway, { read, idIn }: Reading) {
  let n = 0;
  return {
    name,
    unit: 'reads/s',
    async run(seconds: number) {
      const rate = await closedLoop(CONNECTIONS, seconds, () => read(n++));
      for (let last = Math.max(0, n - LOOKED_AT); last < n; last++) {
        const [asked, answered] = [gateway.id(last), await idIn(last)];
        if (answered !== asked) throw new Error(`${name} answered order ${answered} for ${asked}`);
      }
      return { rate, detail: { connections: CONNECTIONS } };
    },
  };
}

/** Both throw unless the answer is 200. */
interface HttpClient {
  /** To the end, and throws it away. */
  readOne(url: string): Promise<void>;
  jsonOf(url: string): Promise<unknown>;
}

function httpClient(ending: Ending): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  ending.defer(() => agent.destroy());
  const refused = (url: string, status: number | undefined) => new Error(`${url} was answered ${status}`);
  const readOne = (url: string) =>
    new Promise<void>((resolve, reject) => {
      get(url, { agent, timeout: TIMEOUT_MS }, (response) => {
        response.resume();
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(refused(url, response.statusCode));
        });
      }).on('error', reject);
    });
  const jsonOf = (url: string) =>
    new Promise<unknown>((resolve, reject) => {
      get(url, { agent, timeout: TIMEOUT_MS }, (response) => {
        if (response.statusCode === 200) {
          json(response).then(resolve, reject);
        } else {
          response.resume();
          reject(refused(url, response.statusCode));
        }
      }).on('error', reject);
    });
  return { readOne, jsonOf };
}

/** With orders to read in its read model; the services behind it are not there, and not asked. */
async function gatewayOf(context: BenchContext, ending: Ending): Promise<Gateway> {
  const { es, url: elasticsearch } = await elasticsearchOf(context, ending);
  const { url: nats } = await natsOf(context, ending);
  const index = `${ordersIndex.alias}-v${ordersIndex.version}`;
  await createIndex(es, ordersIndex, { index, alias: ordersIndex.alias });
  const documents = await madeDocuments(context.quick ? ORDERS_QUICK : ORDERS_FULL);
  await writeBulks(es, index, { documents, atOnce: 1 });
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
