/** One architecture in one round, from an empty folder to a clean audit. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Architecture } from '../../cli/architectures.ts';
import { assertClean } from './auditing.ts';
import { type Bed, startBed } from './bed.ts';
import { closedLoop, measureCapacity } from './capacity.ts';
import { usedCode } from './code/usedCode.ts';
import type { ProcessFigures, Run } from './figures.ts';
import { askHistory } from './history.ts';
import { ends } from './placing.ts';
import type { Plan } from './plan.ts';
import { cpuBetween, type Usage, usage } from './processes.ts';
import { round as rounded } from './quantiles.ts';
import { createReads } from './reading.ts';
import { measureSteady } from './steady.ts';
import { grown, storedBytes } from './storage.ts';
import { tour } from './tour.ts';

export interface RunOptions {
  readonly architecture: Architecture;
  readonly round: number;
  readonly plan: Plan;
  readonly tell: (what: string) => void;
  readonly signal: AbortSignal;
}

/** Throws if anything fails, the audit included. Nothing is left running. */
export async function runOne(options: RunOptions): Promise<Run> {
  options.tell('starting its servers and services');
  const bed = await startBed(options.architecture, options.plan, options.signal);
  try {
    return await measure(bed, options);
  } finally {
    options.tell('stopping');
    await bed.stop();
  }
}

async function measure(bed: Bed, options: RunOptions): Promise<Run> {
  const { architecture, round, plan, tell, signal } = options;
  const step = (what: string) => {
    signal.throwIfAborted();
    tell(what);
  };
  step('each kind of order once, to see which code runs');
  await tour(bed);
  const code = await usedCode(bed);
  step(`warming up for ${plan.warmUpSeconds} s`);
  const warm = (await closedLoop(bed, 0, plan.warmUpSeconds)).map(({ orderId }) => orderId);
  await ends(bed, warm);
  const before = await storedBytes(bed.system);
  const { capacity, idle, reading, reads, steady } = await load(bed, warm, step);
  const loaded = usage(bed.system);
  step('asking for the past');
  const completed = capacity.placed.find(({ wish }) => wish.end === 'COMPLETED');
  const answers = await askHistory(bed, completed?.orderId ?? '');
  const audit = await assertClean(bed.system, (line) => step(`auditing: ${line}`));
  const orders = capacity.placed.length + steady.orders;
  return {
    architecture: architecture.name,
    round,
    servers: bed.servers,
    startSeconds: rounded(bed.startSeconds, 1),
    capacity: capacity.figures,
    steady: steady.steady,
    reads: reads.figures(),
    agreement: steady.agreement,
    outage: steady.outage,
    answers,
    storage: grown(before, await storedBytes(bed.system), orders),
    processes: processFigures(loaded, capacity.cpuMsPerOrder, perSecond(idle), reading),
    code,
    audit,
  };
}

/** What is measured under load, one after the other. `warm`: orders that there are. */
async function load(bed: Bed, warm: readonly string[], step: (what: string) => void) {
  const { plan } = bed;
  step(`as many orders as it can, for ${plan.capacitySeconds} s`);
  const capacity = await measureCapacity(bed, warm.length, plan.capacitySeconds);
  step(`at rest for ${plan.idleSeconds} s`);
  const idle = await cpuWhile(bed, () => sleep(plan.idleSeconds * 1_000));
  step(`reads alone for ${plan.readSeconds} s`);
  const known = [...warm, ...capacity.placed.map(({ orderId }) => orderId)];
  const reads = createReads(bed, known);
  const alone = await cpuWhile(bed, () => reads.run(plan.readSeconds));
  const readsAlone = Object.values(reads.figures()).reduce((sum, { asked }) => sum + asked, 0);
  step(`orders and reads by the clock, ${plan.outageSeconds} s of them without the payment provider`);
  const steady = await measureSteady(bed, known.length, reads);
  return { capacity, idle, reading: { ...alone, reads: readsAlone }, reads, steady };
}

interface Cpu {
  readonly cpu: ReadonlyMap<string, number>;
  readonly seconds: number;
}

async function cpuWhile({ system }: Bed, work: () => Promise<unknown>): Promise<Cpu> {
  const before = usage(system);
  const startedMs = performance.now();
  await work();
  return { cpu: cpuBetween(before, usage(system)), seconds: (performance.now() - startedMs) / 1_000 };
}

const perSecond = ({ cpu, seconds }: Cpu): ReadonlyMap<string, number> =>
  new Map([...cpu].map(([name, ms]) => [name, ms / seconds]));

function processFigures(
  loaded: ReadonlyMap<string, Usage>,
  perOrder: ReadonlyMap<string, number>,
  perIdleSecond: ReadonlyMap<string, number>,
  reading: Cpu & { readonly reads: number },
): readonly ProcessFigures[] {
  return [...loaded].map(([name, { memoryMb }]) => {
    const idleMs = (perIdleSecond.get(name) ?? 0) * reading.seconds;
    const readMs = Math.max(0, (reading.cpu.get(name) ?? 0) - idleMs);
    return {
      name,
      memoryMb: rounded(memoryMb, 0),
      cpuMsPerOrder: rounded(perOrder.get(name) ?? 0, 3),
      cpuMsPerRead: rounded(readMs / Math.max(1, reading.reads), 3),
      cpuMsPerIdleSecond: rounded(perIdleSecond.get(name) ?? 0, 1),
    };
  });
}
