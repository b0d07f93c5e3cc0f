import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createLogger } from './logging.ts';

function logged(write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown> {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  write(createLogger({ service: 'counter', level: 'info', destination }));
  assert.equal(lines.length, 1);
  return JSON.parse(lines[0] ?? '');
}

describe('logs', () => {
  it('are one JSON object a line, with service, level and an RFC 3339 time', () => {
    const { service, level, time, msg } = logged((logger) => logger.info('ready'));
    assert.deepEqual({ service, level, msg }, { service: 'counter', level: 'info', msg: 'ready' });
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('redact tokens and keys at whatever depth a message is logged', () => {
    const paymentToken = 'tok_secret';
    const line = logged((logger) =>
      logger.info({
        paymentToken,
        request: { paymentToken, payment_token: 'tok_secret' },
        event: { data: { context: { sealedPaymentToken: { ciphertext: 'tok_secret' } } } },
      }),
    );
    assert.doesNotMatch(JSON.stringify(line), /tok_secret/);
    assert.match(JSON.stringify(line), /\[redacted\]/);
  });
});
