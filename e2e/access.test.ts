/**
 * Who may do what, against real services over gRPC and HTTP: every rpc of the contract and every route of the table, as nobody, with
 * every kind of wrong token, and as each role; and orders, as their customer and as another.
 *
 * What is asked is empty, and so wrong for every command: who is let in is told so (INVALID_ARGUMENT), and nothing is done.
 */
import assert from 'node:assert/strict';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { after, before, describe, it } from 'mocha';
import { ruleOfRoute } from '../gateway/rest/access.ts';
import type { Route } from '../gateway/rest/route.ts';
import { routes } from '../gateway/rest/table.ts';
import { type Rule, ruleOf } from '../platform/access/rules.ts';
import { descriptors } from '../platform/grpc/descriptors.ts';
import { fromServiceError } from '../platform/grpc/status.ts';
import { ROLE_NAMES, ROLES, type Role } from '../proto/roles.ts';
import { type Authenticated, REQUESTS_OF_A_CALLER, startAuthenticated } from './support/authenticated.ts';
import { system as sharedSystem } from './support/system.ts';

type Part = 'order' | 'catalog' | 'payment' | 'gateway';

/** Where each service of the contract is offered. */
const OFFERED: Readonly<Record<string, readonly Part[]>> = {
  'orderlog.order.v1.OrderService': ['order'],
  'orderlog.catalog.v1.CatalogService': ['catalog'],
  'orderlog.payment.v1.PaymentService': ['payment'],
  'orderlog.query.v1.OrderQueryService': ['gateway'],
  'orderlog.ops.v1.OpsService': ['order', 'catalog', 'payment'],
};

const rpcs = [...descriptors().registry]
  .filter((type) => type.kind === 'service')
  .filter(({ typeName }) => typeName.startsWith('orderlog.'))
  .flatMap(({ typeName, methods }) =>
    methods.map(({ name, methodKind }) => ({
      service: typeName,
      path: `/${typeName}/${name}`,
      isStream: methodKind === 'server_streaming',
    })),
  );

const ANSWER_WITHIN_MS = 10_000;
const TURNED_AWAY = ['UNAUTHENTICATED', 'PERMISSION_DENIED'];

/** The scopes of which a role lacks all. */
function lacks(role: Role, rule: Rule): readonly string[] {
  if (typeof rule === 'string') return [];
  const all = [...rule.scopes, ...rule.ownScopes];
  const granted: readonly string[] = ROLES[role].scopes;
  return all.some((scope) => granted.includes(scope)) ? [] : all;
}

describe('who may do what', function () {
  this.timeout(180_000);
  let served: Authenticated;
  let wrong: Readonly<Record<string, string>>;
  const clients = new Map<string, Client>();
  const tokens = new Map<Role, string>();

  before(async () => {
    served = await startAuthenticated(await sharedSystem());
    for (const role of ROLE_NAMES) tokens.set(role, await served.tokenFor(role));
    const everything = Object.values(ROLES).flatMap(({ scopes }) => scopes);
    wrong = await served.issuer.wrongTokens({ scope: everything.join(' ') });
    for (const part of ['order', 'catalog', 'payment', 'gateway'] as const) {
      clients.set(part, new Client(served.addresses[part], credentials.createInsecure()));
    }
  });
  after(async () => {
    for (const client of clients.values()) client.close();
    await served?.stop();
  });

  /** What comes of an empty request, or another: `OK`, or the error. */
  async function call(part: Part, path: string, isStream: boolean, token?: string, bytes = Buffer.alloc(0)) {
    const client = clients.get(part) as Client;
    const metadata = new Metadata();
    if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
    const asIs = (given: Buffer) => given;
    const options = { deadline: Date.now() + ANSWER_WITHIN_MS };
    const error = await new Promise<ServiceError | null>((resolve) => {
      if (!isStream) {
        client.makeUnaryRequest(path, asIs, asIs, bytes, metadata, options, (failure) => resolve(failure));
        return;
      }
      const stream = client.makeServerStreamRequest(path, asIs, asIs, bytes, metadata, options);
      stream.once('error', (failure) => resolve(failure as ServiceError));
      stream.once('data', () => {
        resolve(null);
        stream.cancel();
      });
      stream.once('end', () => resolve(null));
    });
    return error ? fromServiceError(error) : undefined;
  }

  /** A route with nothing in its place of an id, or with what is given. */
  async function request({ method, path }: Pick<Route, 'method' | 'path'>, token?: string) {
    const stop = new AbortController();
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const url = `http://${served.addresses.http}${path.replace(/\{\w+\}/g, '-')}`;
    const response = await fetch(url, { method, headers, signal: stop.signal });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    const body = isStream ? '' : await response.text();
    stop.abort();
    return { status: response.status, challenge: response.headers.get('www-authenticate') ?? '', body };
  }

  for (const { service, path, isStream } of rpcs) {
    it(`${path.slice(1)} is for those who have its scope`, async () => {
      const parts = OFFERED[service];
      assert.ok(parts, `where is ${service} offered?`);
      const rule = ruleOf(path);
      for (const part of parts) {
        assert.equal((await call(part, path, isStream))?.reason, 'TOKEN_MISSING', part);
        for (const [what, token] of Object.entries(wrong)) {
          assert.equal((await call(part, path, isStream, token))?.code, 'UNAUTHENTICATED', what);
        }
        for (const [role, token] of tokens) {
          const error = await call(part, path, isStream, token);
          const missing = lacks(role, rule);
          if (missing.length === 0) {
            assert.ok(!TURNED_AWAY.includes(error?.code ?? 'OK'), `${role}: ${error?.message}`);
            continue;
          }
          assert.equal(error?.code, 'PERMISSION_DENIED', role);
          for (const scope of missing) assert.ok(error.message.includes(scope), error.message);
        }
      }
    });
  }

  for (const route of routes) {
    const rule = ruleOfRoute(route);
    it(`${route.method} ${route.path} is ${rule === 'open' ? 'open' : 'for those who have its scope'}`, async () => {
      const asNobody = await request(route);
      if (rule === 'open') {
        assert.ok(![401, 403].includes(asNobody.status), asNobody.body);
        return;
      }
      assert.equal(asNobody.status, 401);
      assert.equal(asNobody.challenge, 'Bearer realm="orderlog"');
      for (const [what, token] of Object.entries(wrong)) {
        const { status, challenge } = await request(route, token);
        assert.equal(status, 401, what);
        assert.match(challenge, /^Bearer realm="orderlog", error="invalid_token"/);
      }
      for (const [role, token] of tokens) {
        const { status, challenge, body } = await request(route, token);
        const missing = lacks(role, rule);
        if (missing.length === 0) {
          assert.ok(![401, 403].includes(status), `${role}: ${status} ${body}`);
          continue;
        }
        assert.equal(status, 403, role);
        assert.ok(challenge.includes(`error="insufficient_scope", scope="${missing.join(' ')}"`), challenge);
        for (const scope of missing) assert.ok(body.includes(scope), body);
      }
    });
  }

  it('health is open, and reflection is for any token', async () => {
    for (const part of clients.keys()) {
      assert.equal(await call(part as Part, '/grpc.health.v1.Health/Check', false), undefined, part);
      assert.equal(await call(part as Part, '/grpc.health.v1.Health/List', false), undefined, part);
      for (const version of ['v1', 'v1alpha']) {
        const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
        assert.equal((await call(part as Part, path, true))?.code, 'UNAUTHENTICATED', part);
        const told = await call(part as Part, path, true, tokens.get('customer'));
        assert.notEqual(told?.code, 'UNAUTHENTICATED', part);
      }
    }
  });

  it('the console and the reference page are open, and hold nothing', async () => {
    for (const path of ['/', '/docs', '/console/app/main.js']) {
      const { status } = await request({ method: 'GET', path });
      assert.ok([200, 404].includes(status), `${path}: ${status}`);
    }
  });

  it('no caller asks more often than his limit, whoever else calls', async () => {
    const token = await served.tokenFor('customer', 'storm');
    const asked: readonly [Part, string][] = [
      ['catalog', '/orderlog.catalog.v1.CatalogService/GetItem'],
      ['gateway', '/orderlog.query.v1.OrderQueryService/GetOrder'],
    ];
    for (const [part, path] of asked) {
      const calls = Array.from({ length: REQUESTS_OF_A_CALLER }, () => call(part, path, false, token));
      const reasons = new Set((await Promise.all(calls)).map((error) => error?.reason));
      assert.ok(!reasons.has('RATE_LIMITED'), `${part}: ${[...reasons]}`);
      assert.equal((await call(part, path, false, token))?.reason, 'RATE_LIMITED', part);
      assert.notEqual((await call(part, path, false, tokens.get('customer')))?.reason, 'RATE_LIMITED', part);
    }
    const headers = { authorization: `Bearer ${token}` };
    const refused = await fetch(`http://${served.addresses.http}/v1/items`, { headers });
    assert.equal(refused.status, 429, 'the gateway counts gRPC and HTTP together');
    assert.match(refused.headers.get('ratelimit') ?? '', /^"caller";r=0;t=\d+$/);
  });

  it('no token is ever logged', async () => {
    const text = served.logged();
    assert.ok(text.includes('"msg":"call"'), 'calls are logged');
    const all = [...tokens.values(), ...Object.values(wrong), ...served.serviceTokens];
    for (const token of all.filter((each) => each.length > 40)) {
      assert.ok(!text.includes(token.slice(-40)), 'the end of a token');
    }
  });
});
