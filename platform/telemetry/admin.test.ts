import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createLogger, type Logger } from '../logging.ts';
import { type Admin, startAdmin } from './admin.ts';
import { createMeter, metric } from './meter.ts';

const failing = metric({ name: 'failing', type: 'gauge', help: 'Cannot be read.', labels: {} });
const fine = metric({ name: 'fine', type: 'gauge', help: 'Can.', labels: {} });

describe('the admin endpoint', () => {
  let admin: Admin;
  let logger: Logger;
  let lines: string[];
  const at = (path: string) => `http://127.0.0.1:${admin.port}${path}`;

  beforeEach(async () => {
    lines = [];
    const destination = { write: (line: string) => void lines.push(line) };
    logger = createLogger({ service: 'counter', level: 'warn', destination });
    const meter = createMeter('counter');
    meter.gauge(failing, () => Promise.reject(new Error('away')));
    meter.gauge(fine, () => [{ labels: {}, value: 7 }]);
    admin = await startAdmin({ meter, logger, listen: { host: '127.0.0.1', port: 0 } });
  });
  afterEach(() => admin.close());

  it('leaves out what cannot be read, and tells the rest', async () => {
    const text = await (await fetch(at('/metrics'))).text();
    assert.match(text, /^fine\{process="counter"\} 7$/m);
    assert.doesNotMatch(text, /^failing\{/m);
  });

  it('changes the level of the logger and its children, and says so whatever the level', async () => {
    const child = logger.child({ part: 'a' });
    await fetch(at('/log-level'), { method: 'PUT', body: '{"level":"debug"}' });
    child.debug('seen');
    await fetch(at('/log-level'), { method: 'PUT', body: '{"level":"silent"}' });
    child.error('not seen');
    const told = lines.map((line) => JSON.parse(line).msg);
    assert.deepEqual(told, ['the log level is changed', 'seen', 'the log level is changed']);
  });

  it('refuses what is no level, too much, and other paths, naming what there is', async () => {
    const statuses = [];
    for (const body of ['{"level":"loud"}', 'debug', 'x'.repeat(2_000)]) {
      statuses.push((await fetch(at('/log-level'), { method: 'PUT', body })).status);
    }
    statuses.push((await fetch(at('/'))).status, (await fetch(at('/metrics'), { method: 'POST' })).status);
    assert.deepEqual(statuses, [400, 400, 400, 404, 404]);
    assert.equal(logger.level, 'warn');
  });
});
