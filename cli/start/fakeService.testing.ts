/**
 * A service for tests of the launcher, run as a process: says ready, answers /readyz where it is told a port, and does on
 * request what bad services do.
 */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';

const { ORDERLOG_HTTP_LISTEN: listen, FAKE_BEHAVIOUR: behaviour, FAKE_OPENS: opens, ...env } = process.env;

if (behaviour === 'fails') {
  process.stderr.write('fake: the configuration is wrong:\n  ORDERLOG_X is not known\n');
  process.exit(78);
}
if (behaviour === 'ignores SIGTERM') process.on('SIGTERM', () => undefined);
else process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => behaviour !== 'ignores SIGTERM' && process.exit(0));

const given = Object.keys(env).filter((name) => name.startsWith('ORDERLOG_'));
process.stdout.write(`${JSON.stringify({ level: 'warn', msg: 'given', given })}\n`);
const ready = () => process.send?.({ type: 'ready' });
if (listen) {
  const port = Number(listen.split(':')[1]);
  createServer((_request, response) => response.end('ok')).listen(port, '127.0.0.1', ready);
} else if (behaviour === 'is closed') {
  // Until the file is there.
  const look = setInterval(() => {
    if (!existsSync(opens ?? '')) return process.send?.({ type: 'waiting', why: 'the log is lost' });
    clearInterval(look);
    return ready();
  }, 50);
  setInterval(() => undefined, 1_000);
} else {
  setInterval(() => undefined, 1_000);
  ready();
}
