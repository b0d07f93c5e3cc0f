/** Serves the order saga to the Restate server, over HTTP/2 on 127.0.0.1 (https://docs.restate.dev/develop/ts/serving). */
import { createServer } from 'node:http2';
import { createEndpointHandler } from '@restatedev/restate-sdk';
import { ordersOf } from './orders.ts';
import { stock } from './stock.ts';

/** Thousands of orders may be under way at once, each a stream: Node refuses streams beyond its default of 10 MB. */
const SESSION_MEMORY_MB = 500;

const { PEER_PORT = '', PEER_PROVIDER_URL = '' } = process.env;

createServer(
  { maxSessionMemory: SESSION_MEMORY_MB },
  createEndpointHandler({ services: [ordersOf(PEER_PROVIDER_URL), stock] }),
).listen(Number(PEER_PORT), '127.0.0.1');
