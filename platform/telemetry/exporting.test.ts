import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { pino } from 'pino';
import { ownFolder } from '../../cli/servers/testing.ts';
import { ConfigError, loadConfig } from '../config.ts';
import { testAuthority } from '../tls/certificates.testing.ts';
import { telemetryConfig } from './config.ts';
import { startTracing } from './exporting.ts';
import { entrySpan } from './tracer.ts';

describe('traces that are sent over TLS', function () {
  this.timeout(60_000);
  let folder: string;
  let ca: string;
  let collector: Server;
  const taken: (string | undefined)[] = [];
  const said: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });

  before(async () => {
    folder = ownFolder('otlp');
    const authority = testAuthority(folder);
    ({ ca } = authority);
    const { cert, key } = authority.issue('collector');
    collector = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
      taken.push(request.url);
      request.resume().on('end', () => response.writeHead(200).end());
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  });
  after(() => {
    collector.closeAllConnections();
    collector.close();
  });

  const sendOne = async (more: NodeJS.ProcessEnv) => {
    const url = `https://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    const config = loadConfig(telemetryConfig, { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...more });
    const tracing = await startTracing('test', config, logger);
    entrySpan('a', undefined, {})?.end();
    await tracing?.stop(30_000);
  };

  it('reach a collector whose authority is named, and no other', async () => {
    await sendOne({ OTEL_EXPORTER_OTLP_CERTIFICATE: ca });
    assert.deepEqual(taken, ['/v1/traces']);
    const stranger = testAuthority(folder, 'stranger').ca;
    await sendOne({ OTEL_EXPORTER_OTLP_CERTIFICATE: stranger, OTEL_EXPORTER_OTLP_TIMEOUT: '1000' });
    assert.deepEqual(taken, ['/v1/traces']);
    assert.match(said.join(''), /traces cannot be sent/);
  });

  it('are not begun with a file that holds no authorities', async () => {
    for (const file of [join(folder, 'none.crt'), join(folder, 'ca.key')]) {
      const start = sendOne({ OTEL_EXPORTER_OTLP_CERTIFICATE: file });
      await assert.rejects(
        start,
        (error) =>
          error instanceof ConfigError &&
          /OTEL_EXPORTER_OTLP_CERTIFICATE.*(none\.crt|ca\.key)/.test(error.message),
      );
    }
  });
});
