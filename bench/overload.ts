/**
 * `npm run overload -- [--seconds N] [--rounds N]`: what the Order service does when three times as much is asked of it as
 * it can do. The whole system runs on this machine, the generator beside it; each round finds the peak by closed loops of
 * more and more callers, and then offers three times that by the clock, each call with a deadline of one second in both.
 * Between them it waits until the sagas of what was accepted have been heard by everybody.
 *
 * Prints, by round: the peak, what was offered and accepted in time, their ratio, what was refused and how, and the
 * service's memory before, at its most, and after. Exits 1 if anything but OK, RESOURCE_EXHAUSTED and DEADLINE_EXCEEDED was
 * answered.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { freePorts } from '../cli/servers/ports.ts';
import { stopTestServers, testFolder } from '../cli/servers/testing.ts';
import { silent } from '../cli/start/reporter.ts';
import { startSystem } from '../cli/start/system.ts';
import { createClient } from '../platform/grpc/client.ts';
import { OpsServiceService } from '../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { LoadOrder, LoadResult } from './load/placeOrders.ts';

const EXPECTED = { '0': 'ok', '4': 'deadline exceeded', '8': 'resource exhausted' } as const;
const CLOSED_LOOPS = [64, 128, 256, 512];
const CLOSED_LOOP_S = 5;
const DEADLINE_MS = 1_000;
const REST_WITHIN_MS = 180_000;
const OVERLOAD = 3;
const PORTS = 100;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '1' },
  },
});
const seconds = wholeNumber('--seconds', values.seconds);
const rounds = wholeNumber('--rounds', values.rounds);

function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 3_600) return value;
  process.stderr.write(`${flag} is ${text}: give a whole number from 1 to 3600\n`);
  process.exit(2);
}

const say = (line: string) => process.stdout.write(`${line}\n`);
const generator = join(import.meta.dirname, 'load', 'placeOrders.ts');

async function load(order: LoadOrder): Promise<LoadResult> {
  const { stdout } = await promisify(execFile)(process.execPath, [generator, JSON.stringify(order)]);
  return JSON.parse(stdout) as LoadResult;
}

const accepted = ({ statuses, seconds: took }: LoadResult): number => (statuses['0'] ?? 0) / took;

/** Resident memory of a process, in MB. */
function memoryOf(pid: number | undefined): number {
  const [, kb = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kb) / 1_024);
}

/** Until every consumer has read its stream to the end. */
async function rest(): Promise<void> {
  const { order, catalog, payment } = system.addresses;
  const clients = [order, catalog, payment].map((address) => createClient(OpsServiceService, address));
  try {
    for (const endMs = performance.now() + REST_WITHIN_MS; ; await sleep(200)) {
      const statuses = await Promise.all(clients.map((client) => client.getConsumerStatus({})));
      const behind = statuses
        .flatMap(({ ranges }) => ranges)
        .filter(({ sequence, streamLastSequence }) => sequence < streamLastSequence);
      if (behind.length === 0) return;
      if (performance.now() > endMs) throw new Error(`no rest within ${REST_WITHIN_MS} ms`);
    }
  } finally {
    for (const client of clients) client.close();
  }
}

async function peakOf(address: string): Promise<number> {
  let peak = 0;
  for (const callers of CLOSED_LOOPS) {
    const result = await load({ address, callers, seconds: CLOSED_LOOP_S, timeoutMs: DEADLINE_MS });
    await rest();
    say(
      `  ${callers} callers: ${Math.round(accepted(result))}/s, p50 ${result.p50} ms, p99 ${result.p99} ms`,
    );
    peak = Math.max(peak, accepted(result));
  }
  return peak;
}

/** Returns whether all was as promised. */
async function round(address: string, pid: () => number | undefined): Promise<boolean> {
  const peak = await peakOf(address);
  const before = memoryOf(pid());
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, memoryOf(pid()));
  }, 500);
  const result = await load({
    address,
    perSecond: Math.round(OVERLOAD * peak),
    seconds,
    timeoutMs: DEADLINE_MS,
  });
  clearInterval(watch);
  const goodput = accepted(result);
  const offered = result.offered / seconds;
  say(`  offered ${Math.round(offered)}/s (${(offered / peak).toFixed(1)} of the peak) for ${seconds} s`);
  say(
    `  accepted in time ${Math.round(goodput)}/s: ${(goodput / peak).toFixed(2)} of the peak, p99 ${result.p99} ms`,
  );
  const named = Object.entries(result.statuses).map(
    ([status, count]) => `${EXPECTED[status as keyof typeof EXPECTED] ?? `status ${status}`} ${count}`,
  );
  say(`  ${named.join(', ')}`);
  say(`  memory of the Order service: ${before} MB before, at most ${most} MB, ${memoryOf(pid())} MB after`);
  return Object.keys(result.statuses).every((status) => status in EXPECTED);
}

say('starting the system');
const system = await startSystem({
  dataDir: join(testFolder(), 'overload'),
  portBase: String(await freePorts(PORTS)),
  env: process.env,
  reporter: silent,
});
let good = true;
try {
  for (let n = 1; n <= rounds; n++) {
    say(`round ${n} of ${rounds}`);
    good = (await round(system.addresses.order, () => system.services.get('order')?.pid)) && good;
  }
} finally {
  await system.stop();
  await stopTestServers();
}
process.exit(good ? 0 : 1);
