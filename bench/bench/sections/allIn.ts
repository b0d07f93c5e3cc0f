/**
 * Orders from PlaceOrder to their end in the read model, beside what one would use instead, in one run: PostgreSQL alone with a
 * transaction of five statements an order; the same code without batches; peers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuBetween, usage } from '../../compare/processes.ts';
import { round } from '../../compare/quantiles.ts';
import { PEERS } from '../../peers/index.ts';
import { CLIENTS, fiveStatements } from '../../stages/fiveStatements.ts';
import { type Bed, startBed } from '../bed.ts';
import type { Goal } from '../figures.ts';
import { type OrderTurn, orderTurns, USUAL } from '../orderTurn.ts';
import { memoryGoal, processesOf } from '../processFigures.ts';
import { auditsOf, type Measured, type Run, roundsOf } from '../run.ts';
import { interleave, ratios, seriesOf, type Turning, type Turns } from '../turns.ts';

/** A transaction a command, a publish a message, an acknowledgement a message. */
const NAIVE = { ORDERLOG_BATCH_MAX: '1' };
const NAIVE_GUESS = 15;
const IDLE_MS = 3_000;

interface Reference {
  readonly thing: Turning;
  /** What is asked of the ratio of Orderlog to it. */
  readonly goal: Omit<Goal, 'values'>;
  close(): Promise<void>;
}

export async function allIn(run: Run): Promise<Measured> {
  const bed = await run.bed();
  const orderlog = await run.allIn();
  const naiveBed = await startBed('the naive design', run, NAIVE);
  const references: Reference[] = [];
  try {
    references.push(await postgresAlone(run, bed), naiveDesign(naiveBed, await run.callers()));
    const missing: string[] = [];
    for (const each of PEERS) {
      const started = await peer(run, each);
      if (typeof started === 'string') missing.push(started);
      else references.push(started);
    }
    for (const { thing } of references)
      await thing.run(run.plan.warmUpSeconds, (line) => run.say(`warming up ${thing.name}: ${line}`));
    const things = references.map(({ thing }) => thing);
    const turns = await interleave([orderlog, ...things], roundsOf(run));
    const ownTurns = turns.get(orderlog) as readonly OrderTurn[];
    return {
      servers: bed.servers,
      notes: [
        `${await run.callers()} callers. The naive design is \`ORDERLOG_BATCH_MAX=1\`, with as many transactions at once as it has connections; while others have their turn it takes ${round(await idleCores(naiveBed), 2)} of a core.`,
        ...missing,
      ],
      goals: [...references.map((each) => goalOf(turns, orderlog, each)), memoryGoal(ownTurns)],
      series: seriesOf(turns),
      processes: processesOf(ownTurns),
      audits: await auditsOf(run, bed, naiveBed),
    };
  } finally {
    for (const reference of references) await reference.close();
    await naiveBed.stop();
  }
}

const goalOf = (turns: Turns, orderlog: Turning, { thing, goal }: Reference): Goal => ({
  ...goal,
  values: ratios(turns, orderlog, thing),
});

/** On the same server, in a database of its own. */
async function postgresAlone({ folder }: Run, bed: Bed): Promise<Reference> {
  const five = await fiveStatements(bed.system.urls.postgres, folder);
  return {
    thing: {
      name: `five statements, ${CLIENTS} clients`,
      unit: 'transactions/s',
      async run(seconds) {
        await bed.settle();
        return five(seconds);
      },
    },
    goal: { name: 'orders/s against transactions/s of five statements', atLeast: 0.16, least: 0.11 },
    close: async () => undefined,
  };
}

const naiveDesign = (bed: Bed, callers: number): Reference => ({
  thing: orderTurns(bed, { name: 'the naive design', callers, wishes: USUAL, guess: NAIVE_GUESS }),
  goal: { name: 'orders/s against the naive design', atLeast: 3 },
  close: async () => undefined,
});

/** Or why there is nothing to compare with on this machine. */
async function peer(run: Run, { title, prepare }: (typeof PEERS)[number]): Promise<Reference | string> {
  run.say(`${title}: starting`);
  const prepared = await prepare(run);
  if ('unavailable' in prepared) return `Not compared with ${title}: ${prepared.unavailable}`;
  const { subject } = prepared;
  return {
    thing: subject,
    goal: { name: `orders/s against ${title}`, atLeast: 1 },
    close: () => subject.close(),
  };
}

async function idleCores({ system }: Bed): Promise<number> {
  const before = usage(system);
  await sleep(IDLE_MS);
  const cpuMs = [...cpuBetween(before, usage(system)).values()].reduce((sum, ms) => sum + ms, 0);
  return cpuMs / IDLE_MS;
}
