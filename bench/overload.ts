/**
 * `npm run overload -- [--storm] [--seconds N] [--rounds N] [--deadline MS]`: what the Order service does when three times as much is asked
 * of it as it can do, by the clock; with `--storm`, when 256 and then 512 callers repeat a refused call at once instead of
 * after the time that the refusal names. The whole system runs on this machine, the generator beside it. Each round finds
 * how many callers are served best, by closed loops, and the peak: what that many get in the same time that the overload
 * is to last, before and after it, since a machine is not the same all the time. (A loop of a few seconds shows more than
 * anything can last: the sagas of what was accepted come after it.) Each call has the same deadline throughout: one
 * second, or more on a machine that others use. Between loads it waits until the sagas of what was accepted are known to
 * everybody.
 *
 * Prints, by round: the peaks, what was offered and accepted in time, its share of the peaks' mean, what was refused and
 * how, what each part took of the processors, and the service's memory before, at its most, and after. Exits 1, and says why, if
 * anything but OK, RESOURCE_EXHAUSTED and DEADLINE_EXCEEDED was answered, if less than 0.8 of the peak was accepted in time, or if
 * less than 2.5 of it was offered by the clock.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePorts } from '../cli/servers/ports.ts';
import { stopTestServers, testFolder } from '../cli/servers/testing.ts';
import { silent } from '../cli/start/reporter.ts';
import { startSystem } from '../cli/start/system.ts';
import { cpuBetween, usage } from './compare/processes.ts';
import { accepted, generate } from './load/generate.ts';
import { type Memory, watchMemory } from './load/memory.ts';
import type { LoadOrder, LoadResult } from './load/placeOrders.ts';
import { brokenBy, EXPECTED } from './load/promise.ts';
import { rest } from './load/rest.ts';
import { COFFEE } from './load/wishes.ts';
import { wholeNumber } from './wholeNumber.ts';

const PEAK_CALLERS = [64, 128, 256];
const PROBE_S = 8;
const STORM_CALLERS = [256, 512];
const OVERLOAD = 3;
const PORTS = 100;

const { values } = parseArgs({
  options: {
    storm: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '1' },
    deadline: { type: 'string', default: '1000' },
  },
});
const seconds = wholeNumber('--seconds', values.seconds, 3_600);
const rounds = wholeNumber('--rounds', values.rounds, 100);
const timeoutMs = wholeNumber('--deadline', values.deadline, 60_000);

const say = (line: string) => process.stdout.write(`${line}\n`);
const target = () => ({ address: system.addresses.order, timeoutMs, wishes: COFFEE });

/** The load, and what of the processors each part took in it. */
async function load(order: LoadOrder, onProgress?: (soFar: LoadResult) => void) {
  const before = usage(system);
  const result = await generate(order, onProgress);
  const taken = [...cpuBetween(before, usage(system))].map(
    ([name, ms]) => `${name} ${(ms / 1_000 / result.seconds).toFixed(2)}`,
  );
  const processors = `generator ${result.processors.toFixed(2)}, ${taken.join(', ')}`;
  return { result, processors };
}

async function ask(callers: number, forSeconds: number): Promise<number> {
  const { result, processors } = await load({ ...target(), callers, seconds: forSeconds });
  await rest(system);
  const rate = Math.round(accepted(result));
  say(
    `  ${callers} callers, ${forSeconds} s: ${rate}/s, p50 ${result.p50} ms, p99 ${result.p99} ms; processors: ${processors}`,
  );
  return accepted(result);
}

/** How many callers get most. */
async function bestCallers(): Promise<number> {
  const rates: { callers: number; rate: number }[] = [];
  for (const callers of PEAK_CALLERS) rates.push({ callers, rate: await ask(callers, PROBE_S) });
  return rates.reduce((best, each) => (each.rate > best.rate ? each : best)).callers;
}

interface Load {
  readonly name: string;
  readonly result: LoadResult;
  readonly processors: string;
  readonly memory: Memory;
}

async function put(name: string, order: LoadOrder): Promise<Load> {
  say(`  ${name}, for ${order.seconds} s`);
  const memory = watchMemory(system.services.get('order')?.pid);
  const { result, processors } = await load(order, (soFar) => {
    const [at, rate] = [Math.round(soFar.seconds), Math.round(accepted(soFar))];
    say(`    ${at} of ${order.seconds} s: ${rate}/s accepted in time`);
  });
  const put = { name, result, processors, memory: memory() };
  await rest(system);
  return put;
}

async function putAll(peak: number): Promise<readonly Load[]> {
  if (!values.storm) {
    const perSecond = Math.round(OVERLOAD * peak);
    return [await put(`${perSecond} calls/s`, { ...target(), seconds, perSecond })];
  }
  const loads: Load[] = [];
  for (const callers of STORM_CALLERS) {
    loads.push(await put(`a storm of ${callers} callers`, { ...target(), seconds, callers }));
  }
  return loads;
}

/** Returns whether all was as promised. */
async function round(): Promise<boolean> {
  const callers = await bestCallers();
  const before = await ask(callers, seconds);
  const loads = await putAll(before);
  const after = await ask(callers, seconds);
  const peak = (before + after) / 2;
  const [busy = 0] = loadavg();
  say(
    `  peak: ${Math.round(before)}/s before, ${Math.round(after)}/s after; load of the machine ${busy.toFixed(0)}`,
  );
  for (const each of loads) tell(each, peak);
  const broken = loads.flatMap(({ name, result }) =>
    brokenBy({ result, peak, isByClock: !values.storm }).map((what) => `${name}: ${what}`),
  );
  for (const what of broken) say(`  BROKEN: ${what}`);
  return broken.length === 0;
}

function tell({ name, result, processors, memory }: Load, peak: number): void {
  const offered = result.offered / result.seconds;
  say(`  ${name}: offered ${Math.round(offered)}/s, ${(offered / peak).toFixed(1)} of the peak`);
  const part = (accepted(result) / peak).toFixed(2);
  say(
    `    accepted in time ${Math.round(accepted(result))}/s: ${part} of the peak, p50 ${result.p50} ms, p99 ${result.p99} ms`,
  );
  say(`    processors: ${processors}`);
  const named = Object.entries(result.statuses).map(
    ([status, count]) => `${EXPECTED[status] ?? `status ${status}`} ${count}`,
  );
  say(`    ${named.join(', ')}`);
  say(
    `    memory of the Order service: ${memory.before} MB before, at most ${memory.most} MB, ${memory.after} MB after`,
  );
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
    good = (await round()) && good;
  }
} finally {
  await system.stop();
  await stopTestServers();
}
process.exit(good ? 0 : 1);
