/** One fault from beginning to end: load, fault, heal, rest, checks. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '../platform/grpc/client.ts';
import { within } from '../platform/wait.ts';
import { CatalogServiceService } from '../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import type { Fault } from './fault.ts';
import { type Journal, openJournal } from './journal.ts';
import { startLoad } from './load.ts';
import { openBetween, untilQuiet } from './quiet.ts';
import { type Findings, verify } from './verify.ts';
import type { World } from './world.ts';

export interface Result extends Findings {
  readonly fault: string;
  readonly asked: number;
  /** Orders that were open at some time while the fault lasted. */
  readonly inFlight: number;
  /** From the beginning of the heal until rest; undefined: it was not reached. */
  readonly recoveredInMs: number | undefined;
  /** What else was not as expected. */
  readonly problem: string | undefined;
}

export interface RunOptions {
  readonly ratePerSecond: number;
  readonly tell: (line: string) => void;
}

const BEFORE_MS = 1_500;
const AFTER_MS = 1_500;
const HEAL_WITHIN_MS = 120_000;
export const QUIET_WITHIN_MS = 60_000;

/** Throws only where nothing can be said at all. */
export async function runFault(world: World, fault: Fault, options: RunOptions): Promise<Result> {
  const { tell } = options;
  const skus = await makeItems(world);
  const journal = openJournal(join(world.folder, `journal-${fault.name}.jsonl`));
  const load = startLoad({ world, journal, ratePerSecond: options.ratePerSecond, skus });
  let problem: string | undefined;
  await sleep(BEFORE_MS);
  const from = new Date();
  let healingSinceMs = performance.now();
  try {
    tell('fault');
    const heal = await fault.inject(world, load);
    tell('heal');
    healingSinceMs = performance.now();
    await within(HEAL_WITHIN_MS, heal(), notHealed);
  } catch (error) {
    problem = (error as Error).message;
  }
  const to = new Date();
  await sleep(AFTER_MS);
  tell('clients get their answers');
  const gaveUp = await load.stop().catch((error: Error) => {
    problem ??= error.message;
    return 0;
  });
  if (gaveUp > 0) problem ??= `${gaveUp} clients never got an answer`;
  tell('rest');
  const ids = orderIds(journal);
  const moving = await untilQuiet(world, ids, QUIET_WITHIN_MS);
  const recoveredInMs = moving === undefined ? performance.now() - healingSinceMs : undefined;
  if (moving !== undefined) problem ??= `no rest within ${QUIET_WITHIN_MS / 1000} s: ${moving}`;
  tell('checks');
  const findings = await verify(world, journal, {
    explains: fault.explains,
    scarceSku: skus.scarce,
    mayTimeOut: fault.world === 'impatient',
  });
  const inFlight = await openBetween(world, ids, from, to);
  return { fault: fault.name, asked: load.asked, inFlight, recoveredInMs, problem, ...findings };
}

const orderIds = (journal: Journal): string[] => [
  ...new Set([...journal.placed.values()].map(({ orderId }) => orderId)),
];

function notHealed(): never {
  throw new Error(`not healed within ${HEAL_WITHIN_MS / 1000} s`);
}

/** Two that no other fault sells. */
async function makeItems(world: World): Promise<{ plenty: string; scarce: string }> {
  const catalog = createClient(CatalogServiceService, world.system.addresses.catalog);
  const put = async (onHand: bigint): Promise<string> => {
    const sku = `CHAOS-${randomUUID().slice(0, 13)}`;
    const unitPrice = { currencyCode: 'EUR', units: 3n, nanos: 500_000_000 };
    await catalog.putItem({ requestId: randomUUID(), sku, name: 'Chaos', unitPrice, initialOnHand: onHand });
    return sku;
  };
  try {
    return { plenty: await put(1_000_000n), scarce: await put(7n) };
  } finally {
    catalog.close();
  }
}
