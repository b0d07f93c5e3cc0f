/**
 * `npm run simulate -- [--seeds N] [--seed S] [--minutes M] [--json]`: the services' own deciders, policies, tasks and rpc
 * handlers, folded by the platform's own write path, on stores, a log, a provider and a clock in memory. A seed makes all
 * choices: who acts next, what is delayed, delivered again or with a hole, killed before or after a commit, paused, set
 * back, overtaken by another leader, parked and replayed, declined, answered too late or not at all. Then all faults end,
 * the system comes to rest, and the invariants of a system at rest are checked, the provider's ledger and the clients' own
 * journal included.
 *
 *   --seeds N     so many runs of 1 to 20 orders each, from --seed on (default: 1,000 from 1)
 *   --seed S      without --seeds: this run, step by step in words
 *   --minutes M   as many runs as go into this time
 *   --json        one line of JSON at the end
 *
 * A run that breaks a promise ends the search: its seed is told, and the schedule is shrunk to a short one. Exit code 0:
 * every promise was kept; 1: one was broken; 2: wrong usage.
 *
 * Learnt from FoundationDB's simulation (Zhou et al., SIGMOD 2021, section 4) and TigerBeetle's VOPR: one thread, one source
 * of chance, the real code between doubles of disk, network and clock. What is real here: everything that is pure, and what
 * handles a call or a task. What is a double: the statements on the databases (store.ts, tables.ts, batch.ts) and the loops
 * around them (relay.ts, consumer.ts, worker.ts, watermarkLooks.ts, queue.ts), whose rules stand in wiring.ts; these are held
 * to PostgreSQL and NATS by the tests beside the originals and by `npm run chaos`.
 */
import { parseArguments, usage } from './arguments.ts';
import { replay, search } from './campaign.ts';

const options = parseArguments(process.argv.slice(2));
if (typeof options === 'string') {
  process.stderr.write(`simulate: ${options}\n${usage}`);
  process.exitCode = 2;
} else {
  const isKept = options.seeds === undefined && options.minutes === undefined && options.seed !== undefined;
  const ok = isKept ? await replay(options.seed ?? 1, options) : await search(options);
  process.exitCode = ok ? 0 : 1;
}
