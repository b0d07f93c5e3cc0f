/** Loads that all fall on one row or are large, beside the usual one. */
import type { Wishes } from '../../load/wishes.ts';
import { SKUS } from '../bed.ts';
import { SETTLED, turnsText } from '../method.ts';
import { type OrderTurns, orderTurns, USUAL } from '../orderTurn.ts';
import { auditsOf, GUESS, type Measured, type Run, roundsOf, toldOf } from '../run.ts';
import { interleave, ratios, seriesOf } from '../turns.ts';

/** Lines cost less than orders, until there are many. */
const LINES_AT_ONCE = 10;

interface Spot {
  readonly name: string;
  readonly wishes: Wishes;
  readonly atLeast?: number;
}

const SPOTS: readonly Spot[] = [
  { name: 'one SKU for all orders', wishes: { ...USUAL, skus: SKUS.slice(0, 1) }, atLeast: 0.6 },
  { name: 'one customer', wishes: { ...USUAL, customers: 1 } },
  { name: '100 lines an order', wishes: { ...USUAL, lines: 100 } },
];

export async function hotSpots(run: Run): Promise<Measured> {
  const bed = await run.bed();
  const usual = await run.allIn();
  const callers = await run.callers();
  const spots: { spot: Spot; turns: OrderTurns }[] = [];
  for (const spot of SPOTS) {
    const turns = orderTurns(bed, {
      ...spot,
      callers,
      guess: GUESS / Math.max(1, spot.wishes.lines / LINES_AT_ONCE),
    });
    await turns.run(run.plan.warmUpSeconds, (line) => run.say(`warming up ${spot.name}: ${line}`));
    spots.push({ spot, turns });
  }
  const all = await interleave([usual, ...spots.map(({ turns }) => turns)], roundsOf(run));
  const { lines, skus, customers } = USUAL;
  return {
    ...toldOf(bed),
    method: [
      turnsText(run.plan, run.plan.seconds),
      SETTLED,
      `Each beside the usual load: ${lines} lines, spread over ${skus.length} SKUs and ${customers} customers.`,
    ],
    notes: [],
    goals: spots.map(({ spot: { name, atLeast }, turns }) => ({
      name: `${name}, against the usual load`,
      values: ratios(all, turns, usual),
      ...(atLeast !== undefined && { atLeast }),
    })),
    series: seriesOf(all),
    audits: await auditsOf(run, bed),
  };
}
