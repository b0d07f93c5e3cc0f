/** Full load for a long time: the rate must not decline, memory must not grow. */
import { median } from '../../compare/quantiles.ts';
import { type OrderTurn, orderTurns, USUAL } from '../orderTurn.ts';
import { largestMb, memoryGoal } from '../processFigures.ts';
import { auditsOf, GUESS, type Measured, type Run } from '../run.ts';

const PARTS = 3;
/** Below it the rate has declined; above it memory has grown. */
const DECLINE = 0.85;
const GROWTH = 1.15;

export async function soak(run: Run): Promise<Measured> {
  const { plan, signal, say } = run;
  const bed = await run.bed();
  // One turn goes on from the other, as in growth.ts, and checkpoints come when PostgreSQL makes them.
  const usual = { name: 'Orderlog', callers: await run.callers(), wishes: USUAL, guess: GUESS };
  const orderlog = orderTurns(bed, { ...usual, goesOn: true });
  const turns: OrderTurn[] = [];
  const startedMs = performance.now();
  for (let passed = 0; passed < plan.soakSeconds || turns.length < PARTS; ) {
    signal.throwIfAborted();
    turns.push(
      await orderlog.run(plan.seconds, (line) =>
        say(`${Math.round(passed)} of ${plan.soakSeconds} s: ${line}`),
      ),
    );
    passed = (performance.now() - startedMs) / 1_000;
  }
  const part = Math.floor(turns.length / PARTS);
  const lastToFirst = (of: (turn: OrderTurn) => number) =>
    median(turns.slice(-part).map(of)) / median(turns.slice(0, part).map(of));
  return {
    servers: bed.servers,
    notes: [
      `${turns.reduce((sum, { orders }) => sum + orders, 0)} orders in ${Math.round((performance.now() - startedMs) / 1_000)} s, turn by turn.`,
    ],
    goals: [
      {
        name: 'orders/s: last third against the first',
        values: [lastToFirst(({ rate }) => rate)],
        atLeast: DECLINE,
      },
      {
        name: 'memory of the largest service: last third against the first',
        values: [lastToFirst(largestMb)],
        below: GROWTH,
      },
      memoryGoal(turns),
    ],
    series: [
      {
        name: 'Orderlog',
        unit: 'orders/s',
        rates: turns.map(({ rate }) => Math.round(rate * 10) / 10),
        detail: {},
      },
    ],
    audits: await auditsOf(run, bed),
  };
}
