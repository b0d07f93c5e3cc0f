import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'mocha';
import { addressesOf } from '../cli/addresses.ts';
import { readImage } from '../contract/image.ts';
import { type GrpcProxy, proxyTo } from '../contract/plants/proxy.testing.ts';
import { targetsAt } from '../contract/targets.ts';
import { orderOf, placeUntilAccepted } from '../e2e/support/orders.ts';
import { type System, system } from '../e2e/support/system.ts';
import type { AnyKind } from './kind.ts';
import { grpcRequests } from './kinds/grpcRequests.ts';
import type { OpenApi } from './kinds/restInputs.ts';
import { restRequests } from './kinds/restRequests.ts';
import { type Readings, readProcesses } from './processes.ts';
import { findingText, triedLines } from './report.ts';
import { type FuzzReport, runFuzz } from './run.ts';
import { kindsAt } from './system.ts';

const SECONDS = 10;
const PLANTED_SECONDS = 2;
const SEED = 30;
const [INVALID, INTERNAL] = ['3', '13'];
/** Of whole requests: some are accepted, and some refused for what is in them. */
const SEEN: Readonly<Record<string, readonly string[]>> = {
  'gRPC requests': ['OK', 'INVALID_ARGUMENT'],
  'REST requests': ['200', '400'],
};

describe('fuzzing', function () {
  this.timeout(300_000);
  let it_: System;
  before(async () => {
    it_ = await system();
  });

  const fuzz = async (
    kinds: readonly AnyKind[],
    seconds: number,
    read: () => Promise<Readings>,
  ): Promise<FuzzReport> => {
    try {
      return await runFuzz({ kinds, seconds, seed: SEED, read });
    } finally {
      for (const each of kinds) each.close();
    }
  };

  it('finds no fault, no refusal without its reason, and no process that ends or grows', async () => {
    const { admin } = addressesOf(it_.local.portBase);
    // A system that refuses everybody would find nothing.
    await placeUntilAccepted(it_.orders, orderOf());
    const report = await fuzz(await kindsAt(it_.addresses), SECONDS, () => readProcesses(admin));
    assert.deepEqual(report.findings.map(findingText), []);
    const lines = triedLines(report);
    for (const { kind, inputs, outcomes } of report.tried) {
      assert.ok(inputs > 0, kind);
      const missing = (SEEN[kind] ?? []).filter((outcome) => !outcomes.has(outcome));
      assert.deepEqual(missing, [], lines.join('\n'));
    }
    assert.equal(lines.length, 4);
  });

  it('finds a service that fails by a fault, and says by which request', async () => {
    const { order, catalog, payment, gateway: query } = it_.addresses;
    const proxy: GrpcProxy = await proxyTo(catalog);
    proxy.meddle = async (call, forward) => {
      const reply = await forward(call);
      return reply.trailers['grpc-status'] === INVALID
        ? { messages: [], trailers: { 'grpc-status': INTERNAL } }
        : reply;
    };
    const targets = targetsAt(readImage(), { order, catalog: proxy.address, payment, query });
    const { findings } = await fuzz(
      [grpcRequests(readImage(), targets, 'CatalogService/GetItem')],
      PLANTED_SECONDS,
      async () => allWell,
    );
    proxy.close();
    assert.match(findings[0]?.what ?? '', /got INTERNAL/);
    assert.match(findings[0]?.input ?? '', /CatalogService\/GetItem, \d+ bytes/);
  });

  describe('of REST', () => {
    let broken: Server;
    /** Fails on a NUL, refuses all else without saying what is wrong. */
    before(async () => {
      broken = createServer((request, response) => {
        const isFault = request.url?.includes('%00');
        const problem = {
          status: isFault ? 500 : 400,
          reason: 'INVALID_FIELD',
          detail: 'wrong',
          violations: [],
        };
        response.writeHead(problem.status, { 'content-type': 'application/problem+json' });
        response.end(JSON.stringify(problem));
      });
      await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
    });
    after(() => broken.close());

    it('finds a gateway that fails by a fault, or does not name what is wrong', async () => {
      const query = { name: 'query', in: 'query' } as const;
      const responses = { 200: {}, 400: {}, 500: {} };
      const document: OpenApi = { paths: { '/v1/orders': { get: { parameters: [query], responses } } } };
      const { port } = broken.address() as AddressInfo;
      const kinds = [restRequests(`127.0.0.1:${port}`, document)];
      const { findings } = await fuzz(kinds, PLANTED_SECONDS, async () => allWell);
      assert.ok(
        findings.some(({ what }) => /names no field|^500/.test(what)),
        findings.map(findingText).join('\n'),
      );
    });
  });
});

const allWell: Readings = Object.fromEntries(
  (['gateway', 'order', 'catalog', 'payment', 'projector', 'sandbox'] as const).map((name) => [
    name,
    { startedAt: 1, resident: 1 },
  ]),
);
