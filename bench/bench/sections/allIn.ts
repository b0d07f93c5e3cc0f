/**
 * Orders from PlaceOrder to their end in the read model, beside what one would use instead, in one run: PostgreSQL alone with a
 * transaction of five statements an order; the same code without batches; peers.
 */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { round } from '../../compare/quantiles.ts';
import { PEERS } from '../../peers/index.ts';
import { CLIENTS, fiveStatements } from '../../stages/fiveStatements.ts';
import { type Bed, startBed } from '../bed.ts';
import type { Goal } from '../figures.ts';
import type { Turn } from '../measure.ts';
import { SETTLED, turnsText } from '../method.ts';
import { type OrderTurn, orderTurns, USUAL } from '../orderTurn.ts';
import { memoryGoal, processesOf } from '../processFigures.ts';
import { auditsOf, type Measured, type Run, roundsOf, toldOf } from '../run.ts';
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
  const { plan, say } = run;
  const bed = await run.bed();
  const orderlog = await run.allIn();
  const five = await postgresAlone(run, bed);
  await five.thing.run(plan.warmUpSeconds, say);
  const alone = [await five.thing.run(plan.seconds, say)];
  const naive = await naiveDesign(run);
  const references: Reference[] = [five.reference(alone[0]), naive];
  const missing: string[] = [];
  const failed: string[] = [];
  const closeAll = async () => {
    for (const { thing, close } of references.splice(0))
      await close().catch((error: Error) => say(`${thing.name} does not stop: ${error.message}`));
  };
  try {
    for (const each of PEERS) {
      const started = await peer(run, each, { missing, failed });
      if (started) references.push(started);
    }
    const warm = await interleave(
      references.map(({ thing }) => thing),
      { ...roundsOf(run), rounds: 1, seconds: plan.warmUpSeconds, say: (line) => say(`warming up: ${line}`) },
    );
    const turns = await interleave([orderlog, ...warm.keys()], roundsOf(run));
    const idle = await idleCores();
    const audits = await auditsOf(run, bed, naive.bed);
    const compared = references.filter(({ thing }) => turns.has(thing));
    await closeAll();
    alone.push(await five.thing.run(plan.seconds, say));
    const ownTurns = turns.get(orderlog) as readonly OrderTurn[];
    return {
      ...toldOf(bed),
      method: [
        turnsText(plan, plan.seconds),
        SETTLED,
        'The five statements have a database of their own on the server of Orderlog; the naive design and the peers have servers of their own, with the same settings where they are the same.',
        'All of them stand side by side, and while one has its turn the others have nothing to do.',
      ],
      notes: [
        `${await run.callers()} callers. The naive design is \`ORDERLOG_BATCH_MAX=1\`, with as many transactions at once as it has connections.`,
        `With nothing asked of any of them the machine was busy to ${round(idle, 2)} of its ${cpus().length} cores. With none but Orderlog beside them the five statements made ${alone.map(({ rate }) => Math.round(rate)).join(' transactions/s before the rounds and ')} behind them.`,
        ...missing,
        ...failed,
      ],
      ...(failed.length > 0 && { failed }),
      goals: [...compared.map((each) => goalOf(turns, orderlog, each)), memoryGoal(ownTurns)],
      series: seriesOf(turns),
      processes: processesOf(ownTurns),
      audits,
    };
  } finally {
    await closeAll();
  }
}

const goalOf = (turns: Turns, orderlog: Turning, { thing, goal }: Reference): Goal => ({
  ...goal,
  values: ratios(turns, orderlog, thing),
});

/** On the same server, in a database of its own. */
async function postgresAlone(
  { folder }: Run,
  bed: Bed,
): Promise<{ readonly thing: Turning; reference(turn: Turn | undefined): Reference }> {
  const five = await fiveStatements(bed.system.urls.postgres, folder);
  const thing: Turning = {
    name: `five statements, ${CLIENTS} clients`,
    unit: 'transactions/s',
    async run(seconds) {
      await bed.settle();
      return five(seconds);
    },
  };
  return {
    thing,
    reference: (turn) => ({
      thing,
      goal: {
        name: 'orders/s against transactions/s of five statements',
        // Asked for beside pgbench: what stands in for it where there is none takes far more of the processors itself.
        ...(turn?.detail?.by === 'pgbench' && { atLeast: 0.16, least: 0.11 }),
      },
      close: async () => undefined,
    }),
  };
}

async function naiveDesign(run: Run): Promise<Reference & { readonly bed: Bed }> {
  const callers = await run.callers();
  const bed = await startBed('the naive design', run, NAIVE);
  return {
    bed,
    thing: orderTurns(bed, { name: 'the naive design', callers, wishes: USUAL, guess: NAIVE_GUESS }),
    goal: { name: 'orders/s against the naive design', atLeast: 3 },
    close: () => bed.stop(),
  };
}

/** Undefined where there is nothing to compare with: since this machine has none (`missing`), or since it fails, then or later. */
async function peer(
  run: Run,
  { title, prepare }: (typeof PEERS)[number],
  why: { readonly missing: string[]; readonly failed: string[] },
): Promise<Reference | undefined> {
  const fail = (reason: unknown) => {
    run.signal.throwIfAborted();
    const told = reason instanceof Error ? reason.message : String(reason);
    why.failed.push(`Not compared with ${title}, which failed: ${told.split('\n')[0]}.`);
  };
  run.say(`${title}: starting`);
  try {
    const prepared = await prepare(run);
    if ('unavailable' in prepared)
      return void why.missing.push(`Not compared with ${title}: ${prepared.unavailable}.`);
    const { subject } = prepared;
    return {
      thing: { ...subject, onFailed: fail },
      goal: { name: `orders/s against ${title}`, atLeast: 1 },
      close: () => subject.close(),
    };
  } catch (error) {
    return void fail(error);
  }
}

/** Of the whole machine, whoever takes them. */
async function idleCores(): Promise<number> {
  const busyMs = () =>
    cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
  const before = busyMs();
  await sleep(IDLE_MS);
  return (busyMs() - before) / IDLE_MS;
}
