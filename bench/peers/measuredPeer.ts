/**
 * A peer as the benchmark measures it: started afresh, checked, warmed up by finding how many callers get most of it, and then
 * loaded by that many. Its rate is orders that ended (completed or, one of twenty, declined and compensated) a second; the
 * answer is their end. After each load the sums are checked.
 */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ownFolder } from '../../cli/servers/testing.ts';
import type { BenchContext, Measurement } from '../bench/measure.ts';
import { checkEnds, checkSums, stockUp } from './checks.ts';
import type { Peer, StartPeer } from './peer.ts';
import type { PeerLoad, PeerResult } from './placeOrders.ts';
import { type Stoppable, stopAll } from './processes.ts';
import { type Provider, startProvider } from './provider.ts';

const CALLERS = [32, 64, 128, 256];
const PROBE_S = 10;
const QUICK_PROBE_S = 3;
const script = join(import.meta.dirname, 'placeOrders.ts');
const run = promisify(execFile);

export async function measuredPeer(
  name: string,
  start: StartPeer,
  { quick, signal, say }: Omit<BenchContext, 'folder'>,
): Promise<Measurement> {
  const folder = ownFolder(name);
  const started: Stoppable[] = [];
  const close = async () => {
    await stopAll(started);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    say(`${name}: starting`);
    const provider = await startProvider(folder, signal);
    started.push(provider);
    const peer = await start({ folder, providerUrl: provider.url, signal });
    started.push(peer);
    const load = await checkedLoad(name, peer, provider, signal, say);
    const callers = await bestCallers(load, quick ? QUICK_PROBE_S : PROBE_S, say);
    return {
      name,
      unit: 'orders/s',
      async run(seconds, tell) {
        const { rate, result } = await load(callers, seconds, tell);
        const { ends, p50, p99 } = result;
        return { rate, detail: { what: peer.version, callers, 'p50 ms': p50, 'p99 ms': p99, ...ends } };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Say = (line: string) => void;
type Load = (
  callers: number,
  seconds: number,
  say: Say,
) => Promise<{ readonly rate: number; readonly result: PeerResult }>;

async function checkedLoad(
  name: string,
  peer: Peer,
  provider: Provider,
  signal: AbortSignal,
  say: Say,
): Promise<Load> {
  say(`${name}: ${peer.version}, putting items on sale`);
  await stockUp(peer);
  say(`${name}: checking each end of an order`);
  let { units } = await checkEnds(peer, provider);
  let first = 0;
  return async (callers, seconds, tell) => {
    tell(`${name}: ${callers} callers for ${seconds} s`);
    const order: PeerLoad = { placeUrl: peer.placeUrl, first, callers, seconds };
    const { stdout } = await run(process.execPath, [script, JSON.stringify(order)], { signal });
    const result = JSON.parse(stdout) as PeerResult;
    first = result.next;
    units += result.units;
    await checkSums(peer, provider, result, units);
    const ended = Object.values(result.ends).reduce((sum, count) => sum + count, 0);
    return { rate: ended / result.seconds, result };
  };
}

async function bestCallers(load: Load, seconds: number, say: Say): Promise<number> {
  const rates: { readonly callers: number; readonly rate: number }[] = [];
  for (const callers of CALLERS) rates.push({ callers, rate: (await load(callers, seconds, say)).rate });
  return rates.reduce((best, each) => (each.rate > best.rate ? each : best)).callers;
}
