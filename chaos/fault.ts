/** What a fault is. */
import type { Finding } from '../cli/audit/finding.ts';
import type { Load } from './load.ts';
import type { World } from './world.ts';

/**
 * Which kind of system a fault needs: `plain`, as `npm start` has it, with a proxy on each connection to a server;
 * `impatient`, where orders may take 8 s only; `cluster`, on three nats-servers; `smallDisk`, with PostgreSQL and NATS on a
 * small file system each (needs root).
 */
export type WorldKind = 'plain' | 'impatient' | 'cluster' | 'smallDisk';

/** Takes back what was done; resolves when nothing is left that keeps the system from recovering by itself. */
export type Heal = () => Promise<void>;

export interface Fault {
  readonly name: string;
  /** What is done. */
  readonly what: string;
  /** What must be seen, beside: nothing lost, nothing doubled, no invariant broken, quiet within the bound. */
  readonly expect: string;
  readonly world?: WorldKind;
  /** The system is of no use to other faults afterwards. */
  readonly spoils?: true;
  /** One of the few that stand for all. */
  readonly short?: true;
  /** Whether this is what the fault itself broke, and nobody could mend. */
  readonly explains?: (finding: Finding) => boolean;
  /**
   * Does it, while orders are being placed, and lets it last as long as it is to last. Throws if what is expected was not
   * seen, as does `heal`.
   */
  inject(world: World, load: Load): Promise<Heal>;
}
