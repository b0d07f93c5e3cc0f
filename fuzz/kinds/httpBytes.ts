/** HTTP/1.1 that is none: requests damaged in any of their bytes, and bytes that never were one, in a few pieces. */
import fc from 'fast-check';
import { type AnyKind, kind } from '../kind.ts';
import { talk } from '../tcp.ts';
import { damaged, damages } from '../texts.ts';

/** The gateway gives up on who sends no more before this (platform/http.ts). */
const CLOSED_WITHIN_MS = 40_000;

const BODY = '{"customerId":"ada","lines":[{"sku":"SKU-COFFEE","quantity":1}],"paymentToken":"tok_ok"}';
const KEY = 'idempotency-key: 6a2f6c1e-58a7-4b0a-9d5c-3c1f4b8f9a10';
const JSON_TYPE = 'content-type: application/json';
const REQUESTS: readonly string[] = [
  'GET /v1/items?page_size=2 HTTP/1.1\r\nhost: localhost\r\n\r\n',
  `POST /v1/orders HTTP/1.1\r\nhost: localhost\r\n${KEY}\r\n${JSON_TYPE}\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
  `POST /v1/orders HTTP/1.1\r\nhost: localhost\r\n${KEY}\r\n${JSON_TYPE}\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n`,
  `POST /v1/orders HTTP/1.1\r\nhost: localhost\r\n${JSON_TYPE}\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
  'GET /v1/sales HTTP/1.0\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n\r\n',
  'CONNECT a:1 HTTP/1.1\r\nhost: localhost\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
];

const inputs: fc.Arbitrary<readonly Uint8Array[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom(...REQUESTS), damages)
        .map(([text, all]) => damaged(Buffer.from(text), all)),
    },
    { weight: 1, arbitrary: fc.constantFrom(...REQUESTS).map((text) => new Uint8Array(Buffer.from(text))) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  ),
  { minLength: 1, maxLength: 3 },
);

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3}) /gm;

export const httpBytes = (address: string): AnyKind =>
  kind<readonly Uint8Array[]>({
    name: 'HTTP bytes',
    inputs,
    describe: (parts) =>
      parts.map((part) => JSON.stringify(Buffer.from(part).toString('latin1'))).join('\n  '),
    async attempt(parts) {
      const { received, leftOpen } = await talk(address, parts, CLOSED_WITHIN_MS);
      const statuses = [...received.matchAll(STATUS_LINE)].map(([, status]) => Number(status));
      const fault = statuses.find((status) => status >= 500 && status !== 503 && status !== 504);
      const outcome = String(statuses[0] ?? 'closed');
      if (fault !== undefined) return { outcome, wrong: `${fault}: ${received.slice(0, 1_000)}` };
      return {
        outcome,
        wrong: leftOpen ? `the connection stayed open for ${CLOSED_WITHIN_MS} ms` : undefined,
      };
    },
    close: () => undefined,
  });
