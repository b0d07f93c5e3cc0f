/** Transactions on a store, and what may go wrong around their commit. */
import type { FaultName } from './faultRates.ts';
import type { SimTx } from './store.ts';
import { Crashed, dbNowMs, type Replica, type World } from './world.ts';

/** Whether this fault happens here. */
export const strikes = (world: World, fault: FaultName, where = ''): boolean =>
  !world.isHealed && world.choices.chance(`${fault} ${where}`, world.rates[fault]);

/** The answer to COMMIT is lost: nobody knows. */
export class CommitUnknown extends Error {}

/** What is done is done as a whole, in one step. Throws Crashed (before or after the commit) and CommitUnknown. */
export function transact<T>(world: World, replica: Replica, body: (tx: SimTx) => T): T {
  const { service } = replica;
  const tx: SimTx = {
    store: service.store,
    nowMs: dbNowMs(world, service),
    writes: [],
    isSlow: strikes(world, 'slowCommit', replica.name),
  };
  const result = body(tx);
  if (tx.writes.length === 0) return result;
  if (tx.isSlow)
    world.say(() => `${replica.name} has a slow transaction: its positions are lower than those of others`);
  if (strikes(world, 'crashBeforeCommit', replica.name)) {
    world.say(() => `${replica.name} is killed before its COMMIT`);
    throw new Crashed(replica);
  }
  if (strikes(world, 'commitLost', replica.name)) {
    world.say(() => `${replica.name} does not hear of its COMMIT, which was never made`);
    throw new CommitUnknown();
  }
  world.commits++;
  for (const write of tx.writes) write(world.commits);
  if (strikes(world, 'crashAfterCommit', replica.name)) {
    world.say(() => `${replica.name} is killed after its COMMIT`);
    throw new Crashed(replica);
  }
  if (strikes(world, 'commitAnswerLost', replica.name)) {
    world.say(() => `${replica.name} does not hear the answer to its COMMIT`);
    throw new CommitUnknown();
  }
  return result;
}
