/**
 * A peer as the benchmark measures it: started afresh, checked, warmed up by finding how it is asked to do most, and then
 * loaded in that way.
 *
 * Orderlog's callers wait until an order is durably accepted, and its saga goes on by itself. A peer that does so too is tried
 * with callers that wait for the acceptance, for as many orders as a turn is to have, and with callers that wait for the end.
 */
import { rm } from 'node:fs/promises';
import { ownFolder } from '../../cli/servers/testing.ts';
import type { BenchContext, Measurement } from '../bench/measure.ts';
import { bestShape } from './bestShape.ts';
import type { StartPeer } from './peer.ts';
import { peerTurns } from './peerTurns.ts';
import type { WaitsFor } from './placeOrders.ts';
import { type Stoppable, stopAll } from './processes.ts';
import { startProvider } from './provider.ts';

const PROBE_S = 10;
const QUICK_PROBE_S = 3;

/** Throws with the peer's name and what was wrong; nothing of it is left then. So does a turn, and `close` ends all of it. */
export async function measuredPeer(
  name: string,
  start: StartPeer,
  { quick, signal, say: sayAll }: Omit<BenchContext, 'folder'>,
): Promise<Measurement> {
  const folder = ownFolder(name);
  const started: Stoppable[] = [];
  const close = async () => {
    try {
      await stopAll(started);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  const named = (error: unknown): Error => {
    signal.throwIfAborted();
    return new Error(`${name}: ${(error as Error).message}`, { cause: error });
  };
  const say = (line: string) => sayAll(`${name}: ${line}`);
  try {
    say('starting');
    const provider = await startProvider(folder, signal);
    started.push(provider);
    const peer = await start({ folder, providerUrl: provider.url, signal });
    started.push(peer);
    const turn = await peerTurns(peer, provider, { signal, say });
    // The end first: how many orders a second those are tells how many there are to be of the others.
    const waits: readonly WaitsFor[] = peer.oneWay ? ['end', 'acceptance'] : ['end'];
    const best = await bestShape(waits, turn, quick ? QUICK_PROBE_S : PROBE_S, say);
    return {
      name,
      unit: 'orders/s',
      async run(seconds, tell) {
        try {
          const { rate, detail } = await turn(best.shape, seconds, tell);
          return { rate, detail: { what: peer.version, ...detail, ...best.detail } };
        } catch (error) {
          throw named(error);
        }
      },
      close,
    };
  } catch (error) {
    // Why it failed tells more than that something of it could not be stopped.
    await close().catch(() => undefined);
    throw named(error);
  }
}
