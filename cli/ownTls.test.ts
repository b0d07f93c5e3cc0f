import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'mocha';
import { pino } from 'pino';
import { OrderlogError } from '../platform/errors.ts';
import { createGrpcServer, type GrpcServer } from '../platform/grpc/server.ts';
import { offer } from '../platform/grpc/service.ts';
import { type TestAuthority, testAuthority } from '../platform/tls/certificates.testing.ts';
import { type Files, openCertificates } from '../platform/tls/certificates.ts';
import { Order, OrderServiceService } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { ownCertificates, storeTls } from './ownTls.ts';
import { ownFolder } from './servers/testing.ts';

const ORDER_ID = '18e37589-93f2-5565-98db-319ed6ce1b02';
const logger = pino({ level: 'silent' });
const variablesOf = ({ cert, key, ca }: Files) => ({
  ORDERLOG_TLS_CERT_FILE: cert,
  ORDERLOG_TLS_KEY_FILE: key,
  ORDERLOG_TLS_CA_FILE: ca,
});

describe('the command line with a certificate', function () {
  this.timeout(120_000);
  let authority: TestAuthority;
  let operator: Files;
  let server: GrpcServer;
  let address: string;
  const refusalOf = (work: () => unknown): string => {
    let told = '';
    assert.throws(work, (error: unknown) => {
      assert.ok(error instanceof OrderlogError);
      assert.equal(error.code, 'INVALID_ARGUMENT');
      told = error.message;
      return true;
    });
    return told;
  };
  const orderlog = (env: NodeJS.ProcessEnv) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const args = ['cli/main.ts', 'order', 'show', ORDER_ID, '--order', address, '--json'];
      const child = execFile(
        process.execPath,
        args,
        { env: { ...process.env, ...env } },
        (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });

  before(async () => {
    authority = testAuthority(ownFolder('cli-tls'));
    operator = authority.issue('operator');
    const certificates = openCertificates(variablesOf(authority.issue('server')), logger);
    assert.ok(certificates);
    server = createGrpcServer({
      logger,
      services: [
        offer(OrderServiceService, {
          getOrder: async () => ({ order: Order.fromPartial({ orderId: ORDER_ID }) }),
          getOrderHistory: async () => ({ events: [], nextPageToken: '' }),
        }),
      ],
      listen: { host: '127.0.0.1', port: 0 },
      listenVariable: 'LISTEN',
      tls: { certificates, requiresClientCertificate: true },
    });
    address = `localhost:${await server.start()}`;
  });
  after(() => server.drain(200));

  it('is answered by a service that asks for one', async () => {
    const { code, stdout, stderr } = await orderlog(variablesOf(operator));
    assert.equal(stderr, '');
    assert.match(stdout, new RegExp(ORDER_ID));
    assert.equal(code, 0);
  });

  it('is not without it, and is told which setting it takes', async () => {
    const { code, stderr } = await orderlog({});
    assert.match(stderr, /^orderlog: nobody answers at localhost:\d+[^\n]*\n[^\n]*ORDERLOG_TLS_CERT_FILE/);
    assert.equal(code, 1);
  });

  it('is none where nothing is set', () => {
    assert.equal(ownCertificates({}), undefined);
    assert.deepEqual(storeTls({}), { nats: {}, elasticsearch: undefined });
  });

  it('is refused by half, with a file that is not there, and with the key of another', () => {
    const { ORDERLOG_TLS_KEY_FILE: _, ...half } = variablesOf(operator);
    for (const open of [ownCertificates, storeTls]) {
      assert.match(
        refusalOf(() => open(half)),
        /ORDERLOG_TLS_KEY_FILE is not set: TLS takes certificate, key and CA/,
      );
    }
    const gone = { ...variablesOf(operator), ORDERLOG_TLS_CA_FILE: '/nowhere/ca.crt' };
    assert.match(
      refusalOf(() => ownCertificates(gone)),
      /ORDERLOG_TLS_\*_FILE is wrong: .*\/nowhere\/ca\.crt/,
    );
    const other = { ...variablesOf(operator), ORDERLOG_TLS_KEY_FILE: authority.issue('other').key };
    assert.match(
      refusalOf(() => ownCertificates(other)),
      /is not the key of/,
    );
  });

  it('is for the stores too, whose CA may be another', () => {
    const { cert: certFile, key: keyFile, ca: caFile } = operator;
    assert.deepEqual(storeTls(variablesOf(operator)).nats, { certFile, keyFile, caFile });
    const { ca } = testAuthority(ownFolder('cli-tls-stores'), 'stores');
    const env = { ...variablesOf(operator), ORDERLOG_NATS_CA_FILE: ca, ORDERLOG_ELASTICSEARCH_CA_FILE: ca };
    const { nats, elasticsearch } = storeTls(env);
    assert.equal(nats.caFile, ca);
    assert.match(String(elasticsearch?.current()), /BEGIN CERTIFICATE/);
    elasticsearch?.close();
  });
});
