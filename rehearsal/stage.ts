/** One rehearsal from beginning to end: load, what is rehearsed, rest, audit; and what was seen. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Journal, openJournal } from '../chaos/journal.ts';
import { untilQuiet } from '../chaos/quiet.ts';
import { verify } from '../chaos/verify.ts';
import { projectFolder } from '../cli/start/serviceParts.ts';
import { createClient } from '../platform/grpc/client.ts';
import { CatalogServiceService } from '../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { startLoad } from './load.ts';
import { createPods, type Pods } from './pods.ts';
import { type Rollout, readRollout } from './rollout.ts';
import { addressOf, makeSlots, REPLICAS, SERVICES } from './slots.ts';
import type { Failure, KindFigures } from './tally.ts';
import { type Version, versionIn } from './versions.ts';

export interface Stage {
  readonly cluster: Cluster;
  readonly pods: Pods;
  /** The tree as it is here. */
  readonly present: Version;
  readonly tell: (line: string) => void;
  stop(): Promise<void>;
}

/** Told what the rehearsal is at and what it measured; `failures` are those of clients so far. */
export interface Scene extends Omit<Stage, 'stop'> {
  readonly journal: Journal;
  readonly measure: (what: string, ms: number) => void;
  readonly note: (line: string) => void;
  readonly failures: () => readonly Failure[];
}

export interface Rehearsal {
  readonly name: string;
  readonly what: string;
  /** What clients may see: nothing fail, or what was under way when processes were lost. */
  readonly mayFail: boolean;
  /** Throws what keeps it from being rehearsed, or is not as promised. */
  run(scene: Scene): Promise<void>;
}

export interface Measured {
  readonly what: string;
  readonly ms: number;
}

export interface Outcome {
  readonly name: string;
  readonly what: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly orders: number;
  readonly kinds: readonly KindFigures[];
  readonly failures: readonly Failure[];
  readonly measured: readonly Measured[];
  readonly notes: readonly string[];
  /** All that is not as promised: failed requests where none may fail, and what the audit says. */
  readonly problems: readonly string[];
}

const WARM_UP_MS = 3_000;
const AFTER_MS = 3_000;
const QUIET_WITHIN_MS = 90_000;
const STOCK = 100_000_000n;

/** Two pods of every service, of the given version or the tree as it is here. */
export async function openStage(options: {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly tell: (line: string) => void;
  readonly version?: Version;
  /** Unless it is as the manifests say. */
  readonly rollout?: Rollout;
}): Promise<Stage> {
  const { tell } = options;
  const present = await versionIn('present', projectFolder);
  const first = options.version ?? present;
  tell('servers are started');
  const cluster = await startCluster(options.folder, options.env);
  const pods = createPods(cluster, await makeSlots(), options.rollout ?? readRollout());
  const stop = async () => {
    await pods.stop();
    await cluster.stop();
  };
  try {
    await cluster.migrate(first);
    tell(`${REPLICAS} of every service are started`);
    for (let replica = 0; replica < REPLICAS; replica++) {
      await Promise.all(SERVICES.map((service) => pods.start(service, first)));
    }
    return { cluster, pods, present, tell, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Throws only where nothing can be said at all. */
export async function rehearse(stage: Stage, rehearsal: Rehearsal, perSecond: number): Promise<Outcome> {
  const { cluster, pods, tell } = stage;
  const journal = openJournal(join(cluster.folder, `journal-${rehearsal.name}.jsonl`));
  const measured: Measured[] = [];
  const notes: string[] = [];
  const problems: string[] = [];
  const startedMs = performance.now();
  const load = startLoad({ pods, journal, perSecond, sku: await newItem(pods) });
  await sleep(WARM_UP_MS);
  const { failures } = load.tally;
  const scene = {
    ...stage,
    journal,
    measure: (what: string, ms: number) => {
      measured.push({ what, ms });
      tell(`${what}: ${(ms / 1_000).toFixed(1)} s`);
    },
    note: (line: string) => {
      notes.push(line);
      tell(line);
    },
    failures: () => failures,
  };
  await rehearsal.run(scene).catch((error: Error) => problems.push(error.message));
  await sleep(AFTER_MS);
  const seconds = (performance.now() - startedMs) / 1_000;
  tell('clients get their answers');
  const gaveUp = await load.stop();
  if (gaveUp > 0) problems.push(`${gaveUp} clients never got an answer`);
  problems.push(...load.wentBack);
  if (!rehearsal.mayFail && failures.length > 0) problems.push(`${failures.length} requests failed`);
  problems.push(...(await atRest(cluster, journal, tell)));
  const { name, what } = rehearsal;
  const orders = journal.placed.size;
  return {
    name,
    what,
    perSecond,
    seconds,
    orders,
    kinds: load.tally.figures(),
    failures,
    measured,
    notes,
    problems,
  };
}

/** What is wrong with the system once it has come to rest. */
async function atRest(cluster: Cluster, journal: Journal, tell: (line: string) => void): Promise<string[]> {
  tell('rest');
  const ids = [...journal.placed.values()].map(({ orderId }) => orderId);
  const moving = await untilQuiet(cluster, ids, QUIET_WITHIN_MS);
  tell('audit');
  const { lost, doubled, violations } = await verify(cluster, journal);
  const late = moving === undefined ? [] : [`no rest within ${QUIET_WITHIN_MS / 1_000} s: ${moving}`];
  return [...late, ...lost, ...doubled, ...violations];
}

async function newItem(pods: Pods): Promise<string> {
  const catalog = createClient(CatalogServiceService, addressOf(pods.slots, 'catalog'));
  const sku = `REHEARSAL-${randomUUID().slice(0, 13)}`;
  const unitPrice = { currencyCode: 'EUR', units: 3n, nanos: 500_000_000 };
  const item = { requestId: randomUUID(), sku, name: 'Rehearsal', unitPrice, initialOnHand: STOCK };
  try {
    await catalog.putItem(item);
    return sku;
  } finally {
    catalog.close();
  }
}
