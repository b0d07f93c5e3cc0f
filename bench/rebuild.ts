/**
 * `npm run rebuild-rate -- [--history SECONDS] [--live RATE]`: how fast the order read model is rebuilt while orders go on. The
 * whole system runs on this machine. First a history is made, by as many callers as fill the system; then orders go on at a
 * steady rate (a third of that before, unless one is given) while `orderlog rebuild orders` runs as a process of its own.
 *
 * Prints the live rate in orders a second as it was accepted meanwhile, the rebuild's in events and in orders a second, and
 * how many times the live rate each of them is; how far the live projection was behind at most; and for how long it stood
 * still. Exits 1 if the rebuild failed.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { freePorts } from '../cli/servers/ports.ts';
import { stopTestServers, testFolder } from '../cli/servers/testing.ts';
import { silent } from '../cli/start/reporter.ts';
import { startSystem } from '../cli/start/system.ts';
import { openElasticsearch } from '../platform/elasticsearch/client.ts';
import { readCheckpoint } from '../platform/elasticsearch/readModel.ts';
import { accepted, generate } from './load/generate.ts';
import { rest } from './load/rest.ts';
import { COFFEE } from './load/wishes.ts';
import { wholeNumber } from './wholeNumber.ts';

const CALLERS = 64;
const PORTS = 100;
const MAX_LIVE_SECONDS = 600;
const TIMEOUT_MS = 5_000;

const { values } = parseArgs({
  options: { history: { type: 'string', default: '60' }, live: { type: 'string' } },
});
const historySeconds = wholeNumber('--history', values.history, 3_600);
const givenRate = values.live === undefined ? undefined : wholeNumber('--live', values.live, 100_000);

const say = (line: string) => process.stdout.write(`${line}\n`);

interface Rebuilt {
  readonly events: number;
  readonly seconds: number;
  readonly heldMs: number;
  readonly comparison: { readonly after: number };
}

async function rebuild(): Promise<Rebuilt> {
  const env = {
    ...process.env,
    ORDERLOG_NATS_URL: system.urls.nats,
    ORDERLOG_ELASTICSEARCH_URL: system.urls.elasticsearch,
    ORDERLOG_ORDER_ADDRESS: system.addresses.order,
  };
  const args = ['cli/bin.js', 'rebuild', 'orders', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout);
}

/** How old the live projection's last move is, at most, until it is asked; what it has read moves all the time here. */
function watchLive() {
  const es = openElasticsearch({ url: system.urls.elasticsearch, requestTimeoutMs: TIMEOUT_MS });
  let last = { sequence: -1, atMs: performance.now() };
  let longestMs = 0;
  const timer = setInterval(async () => {
    const found = await readCheckpoint(es, 'orders', { timeoutMs: TIMEOUT_MS }).catch(() => undefined);
    const sequence = found?.checkpoint.sequence ?? last.sequence;
    longestMs = Math.max(longestMs, performance.now() - last.atMs);
    if (sequence !== last.sequence) last = { sequence, atMs: performance.now() };
  }, 50);
  return async () => {
    clearInterval(timer);
    await es.close();
    return Math.round(longestMs);
  };
}

async function measure(): Promise<void> {
  const target = { address: system.addresses.order, timeoutMs: TIMEOUT_MS, wishes: COFFEE };
  say(`making a history for ${historySeconds} s`);
  const history = await generate({ ...target, callers: CALLERS, seconds: historySeconds });
  await rest(system);
  const perSecond = givenRate ?? Math.max(1, Math.round(accepted(history) / 3));
  say(
    `${Math.round(accepted(history))} orders/s by ${CALLERS} callers; now ${perSecond} orders/s, and the rebuild`,
  );
  const live = watchLive();
  const isOver = new AbortController();
  const load = generate({ ...target, perSecond, seconds: MAX_LIVE_SECONDS }, () => undefined, isOver.signal);
  const rebuilt = await rebuild();
  isOver.abort();
  const rate = accepted(await load);
  const [events, orders] = [rebuilt.events, rebuilt.comparison.after].map((n) => n / rebuilt.seconds);
  const times = (value = 0) => `${Math.round(value)}/s, ${(value / rate).toFixed(1)} times the live rate`;
  say(`live: ${rate.toFixed(1)} orders/s; longest without a move of the live projection: ${await live()} ms`);
  say(`rebuilt: ${rebuilt.events} events in ${rebuilt.seconds.toFixed(1)} s`);
  say(`  events: ${times(events)}`);
  say(`  orders: ${times(orders)}`);
  say(`the switch held the live projection for ${rebuilt.heldMs} ms`);
}

say('starting the system');
const system = await startSystem({
  dataDir: join(testFolder(), 'rebuild'),
  portBase: String(await freePorts(PORTS)),
  env: process.env,
  reporter: silent,
});
try {
  await measure();
} finally {
  await system.stop();
  await stopTestServers();
}
