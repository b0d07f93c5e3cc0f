/**
 * Orders from PlaceOrder to their end in the read model, beside what one would use instead, in one run: PostgreSQL alone with a
 * transaction of five statements an order; the same code without batches; peers.
 */
import { median, round } from '../../compare/quantiles.ts';
import { PEERS } from '../../peers/index.ts';
import { CLIENTS, fiveStatements } from '../../stages/fiveStatements.ts';
import { startBed } from '../bed.ts';
import type { Goal, ProcessFigures, Section } from '../figures.ts';
import type { Measurement } from '../measure.ts';
import { type OrderTurn, orderTurns, USUAL } from '../orderTurn.ts';
import { auditsOf, type Run, roundsOf } from '../run.ts';
import { interleave, ratios, seriesOf, type Turning } from '../turns.ts';

export const MEMORY_MB = 200;
/** A transaction a command, a publish a message, an acknowledgement a message. */
const NAIVE = { ORDERLOG_BATCH_MAX: '1' };
const NAIVE_GUESS = 15;

export async function allIn(run: Run): Promise<Omit<Section, keyof Run['circumstances'] | 'id'>> {
  const bed = await run.bed();
  const orderlog = await run.allIn();
  const naiveBed = await startBed('the naive design', run, NAIVE);
  const peers: { id: string; title: string; target: number | undefined; subject: Measurement }[] = [];
  try {
    const five = await fiveStatements(bed.system.urls.postgres, run.folder);
    const postgres: Turning = {
      name: `five statements, ${CLIENTS} clients`,
      unit: 'transactions/s',
      async run(seconds) {
        await bed.settle();
        return five(seconds);
      },
    };
    const callers = await run.callers();
    const naive = orderTurns(naiveBed, {
      name: 'the naive design',
      callers,
      wishes: USUAL,
      guess: NAIVE_GUESS,
    });
    for (const { id, title, target, prepare } of PEERS) {
      run.say(`${title}: starting`);
      const { subject } = await prepare(run);
      peers.push({ id, title, target, subject });
    }
    for (const thing of [postgres, naive, ...peers.map(({ subject }) => subject)])
      await thing.run(run.plan.warmUpSeconds, (line) => run.say(`warming up ${thing.name}: ${line}`));
    const turns = await interleave(
      [postgres, orderlog, naive, ...peers.map(({ subject }) => subject)],
      roundsOf(run),
    );
    const processes = processesOf(turns.get(orderlog) as readonly OrderTurn[]);
    const goals: Goal[] = [
      {
        name: 'orders/s against transactions/s of five statements',
        values: ratios(turns, orderlog, postgres),
        atLeast: 0.16,
        least: 0.11,
      },
      { name: 'against the naive design', values: ratios(turns, orderlog, naive), atLeast: 3 },
      ...peers.map(({ title, subject }) => ({
        name: `against ${title}`,
        values: ratios(turns, orderlog, subject),
        atLeast: 1,
      })),
      ...memoryGoals(processes),
    ];
    return {
      servers: bed.servers,
      notes: [
        `${callers} callers; the naive design is \`ORDERLOG_BATCH_MAX=1\`, with as many transactions at once as it has connections.`,
      ],
      goals,
      series: seriesOf(turns),
      processes,
      audits: await auditsOf(run, bed, naiveBed),
    };
  } finally {
    for (const { subject } of peers) await subject.close();
    await naiveBed.stop();
  }
}

export function processesOf(turns: readonly OrderTurn[]): readonly ProcessFigures[] {
  const names = [...new Set(turns.flatMap(({ cpuMsPerOrder }) => [...cpuMsPerOrder.keys()]))];
  return names.map((name) => {
    const memory = Math.max(...turns.map(({ memoryMb }) => memoryMb.get(name) ?? 0));
    const cpu = median(turns.map(({ cpuMsPerOrder }) => cpuMsPerOrder.get(name) ?? 0));
    return { name, cpuMsPerOrder: round(cpu, 3), ...(memory > 0 && { memoryMb: memory }) };
  });
}

const memoryGoals = (processes: readonly ProcessFigures[]): readonly Goal[] => {
  const most = Math.max(...processes.map(({ memoryMb = 0 }) => memoryMb));
  return [
    { name: 'memory of the largest service at full load', unit: 'MB', values: [most], below: MEMORY_MB },
  ];
};
