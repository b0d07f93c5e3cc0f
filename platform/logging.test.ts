import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createLogger } from './logging.ts';
import { neverShow } from './redaction/texts.ts';

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

  it('hold no secret of the process, in whatever text or error it stands', () => {
    neverShow(['hunter2-hunter2']);
    const line = logged((logger) =>
      logger
        .child({ password: 'hunter2-hunter2' })
        .error({ err: new Error('no access by hunter2-hunter2'), url: 'nats://a:b@c' }, 'hunter2-hunter2'),
    );
    assert.doesNotMatch(JSON.stringify(line), /hunter2|:b@/);
    assert.match(JSON.stringify(line), /"message":"no access by \[redacted\]"/);
  });
});
