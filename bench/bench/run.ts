/** What the sections of one run share: its plan, and the system that they measure, started when the first of them asks. */

import { type Bed, startBed } from './bed.ts';
import type { Audit, Circumstances, Section } from './figures.ts';
import type { BenchContext } from './measure.ts';
import { type OrderTurns, orderTurns, USUAL } from './orderTurn.ts';
import type { Plan } from './plan.ts';
import type { Rounds } from './turns.ts';

export interface Run extends BenchContext {
  readonly plan: Plan;
  /** Orderlog as it is, with nothing but what was measured before in it. */
  bed(): Promise<Bed>;
  /** It with the usual orders, warm, by as many callers as do most. */
  allIn(): Promise<OrderTurns>;
  /** The callers that do most. */
  callers(): Promise<number>;
  /** Ends what has been started; who asks for it again gets a new one. */
  stop(): Promise<void>;
}

/** What a section measures; the run tells how. */
export type Measured = Omit<Section, keyof Begun | 'id'>;

/** What the run tells of a section: as it was when the section began. */
export type Begun = Omit<Circumstances, 'servers' | 'settings'>;

/** What a section tells of the system that it has measured. */
export const toldOf = ({ servers, settings }: Bed): Pick<Measured, 'servers' | 'settings'> => ({
  servers,
  settings,
});

/** A first guess, in orders a second. */
export const GUESS = 200;

export const roundsOf = ({ plan, say, signal }: Run): Rounds => ({
  rounds: plan.rounds,
  seconds: plan.seconds,
  say,
  signal,
});

export function createRun(context: BenchContext, plan: Plan): Run {
  let bed: Promise<Bed> | undefined;
  let best: Promise<{ turns: OrderTurns; callers: number }> | undefined;
  const whenWarm = () => {
    best ??= run.bed().then((its) => warmUp(run, its));
    return best;
  };
  const run: Run = {
    ...context,
    plan,
    bed() {
      bed ??= startBed('Orderlog', context);
      return bed;
    },
    allIn: async () => (await whenWarm()).turns,
    callers: async () => (await whenWarm()).callers,
    async stop() {
      const last = bed;
      bed = undefined;
      best = undefined;
      await (await last?.catch(() => undefined))?.stop();
    },
  };
  return run;
}

/** Finds how many callers do most, which warms it up. */
export async function warmUp(run: Run, bed: Bed): Promise<{ turns: OrderTurns; callers: number }> {
  let best: { turns: OrderTurns; callers: number; rate: number } | undefined;
  let guess = GUESS;
  for (const callers of run.plan.callers) {
    const turns = orderTurns(bed, { name: bed.name, callers, wishes: USUAL, guess });
    const { rate } = await turns.run(run.plan.warmUpSeconds, (line) =>
      run.say(`warming ${bed.name} up with ${callers} callers: ${line}`),
    );
    guess = rate;
    if (!best || rate > best.rate) best = { turns, callers, rate };
  }
  if (!best) throw new Error('a plan needs callers');
  return best;
}

/** The shared system's, after a section. */
export async function auditsOf(run: Run, ...beds: readonly Bed[]): Promise<readonly Audit[]> {
  const audits: Audit[] = [];
  for (const bed of beds) {
    audits.push(await bed.audit((line) => run.say(`auditing ${bed.name}: ${line}`)));
  }
  return audits;
}
