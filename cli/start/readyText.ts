/** What people are told once all is up: where everything is, and a first order to place. */
import { randomUUID } from 'node:crypto';
import type { Addresses } from '../addresses.ts';

/** `took` in seconds. Begins with a line that begins with `Ready`. */
export function readyText(addresses: Addresses, dataDir: string, tookSeconds: number): string {
  const { http, gateway, order, catalog, payment } = addresses;
  const requestId = randomUUID();
  const rest = { customerId: 'ada', lines: [{ sku: 'SKU-COFFEE', quantity: 2 }], paymentToken: 'tok_ok' };
  const grpc = { request_id: requestId, customer_id: 'ada', lines: rest.lines, payment_token: 'tok_ok' };
  return `Ready after ${tookSeconds.toFixed(1)} s. Ctrl-C stops it.

  console   http://${http}/ (npm start -- --demo fills it)
  REST      http://${http}/v1/orders (reference: http://${http}/docs, parts and their state: http://${http}/readyz)
  gRPC      order ${order}, catalog ${catalog}, payment ${payment}, queries ${gateway}
  data      ${dataDir} (logs in logs/)

A first order, and its way step by step; or by gRPC; or by REST:

  npx orderlog order --sku SKU-COFFEE --quantity 2      (more by npx orderlog --help)

  grpcurl -plaintext -d '${JSON.stringify(grpc)}' ${order} orderlog.order.v1.OrderService/PlaceOrder

  curl -X POST http://${http}/v1/orders -H 'content-type: application/json' -H 'Idempotency-Key: ${requestId}' -d '${JSON.stringify(rest)}'

`;
}
