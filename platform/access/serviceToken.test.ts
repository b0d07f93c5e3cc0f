import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { pino } from 'pino';
import { loadConfig } from '../config.ts';
import { measureServiceToken } from '../telemetry/measureOthers.ts';
import { createMeter, type Meter } from '../telemetry/meter.ts';
import { testIssuer } from './issuer.testing.ts';
import { openServiceToken, serviceTokenConfig, type TokenLife } from './serviceToken.ts';

const logger = pino({ level: 'silent' });
const FIGURE = /^orderlog_service_token_(issued|expiry)_timestamp_seconds\{process="order"\} (\d+)$/gm;

describe("a service's own token", () => {
  const issuer = testIssuer();
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'orderlog-token-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const meterOf = (life: () => TokenLife | undefined): Meter => {
    const meter = createMeter('order');
    measureServiceToken(meter, { life });
    return meter;
  };
  const figuresOf = (text: string): Readonly<Record<string, number>> =>
    Object.fromEntries([...text.matchAll(FIGURE)].map(([, name = '', value]) => [name, Number(value)]));
  const openWith = (token: string) => {
    const path = join(folder, 'token');
    writeFileSync(path, `${token}\n`);
    const config = loadConfig(serviceTokenConfig, { ORDERLOG_SERVICE_TOKEN_FILE: path });
    return openServiceToken(config, true, logger);
  };

  it('tells from when until when it is taken, and nothing else of it', async () => {
    const token = await issuer.token({ iat: 1_800_000_000, exp: 1_807_776_000 });
    const own = openWith(token);
    const text = await meterOf(own.life).text();
    own.stop();
    assert.deepEqual(figuresOf(text), { issued: 1_800_000_000, expiry: 1_807_776_000 });
    for (const part of token.split('.')) assert.ok(!text.includes(part));
  });

  it('counts as issued when it was read where it does not say so', async () => {
    const beforeMs = Date.now();
    const own = openWith(await issuer.token({ iat: undefined }));
    const issuedMs = own.life()?.issuedAt.getTime() ?? 0;
    own.stop();
    assert.ok(issuedMs >= beforeMs && issuedMs <= Date.now());
  });

  it('is told as it is now, after it was renewed too', async () => {
    let life: TokenLife = { issuedAt: new Date(1_000), expiresAt: new Date(2_000) };
    const meter = meterOf(() => life);
    assert.deepEqual(figuresOf(await meter.text()), { issued: 1, expiry: 2 });
    life = { issuedAt: new Date(3_000), expiresAt: new Date(4_000) };
    assert.deepEqual(figuresOf(await meter.text()), { issued: 3, expiry: 4 });
  });

  it('has no figures where none is shown', async () => {
    const own = openServiceToken(loadConfig(serviceTokenConfig, {}), false, logger);
    assert.deepEqual(figuresOf(await meterOf(own.life).text()), {});
  });
});
