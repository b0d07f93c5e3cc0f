/**
 * One, two and three replicas of each service on the same servers and the same cores, in turn. It shows that work is shared
 * and what that costs, not that it becomes faster: there are no more cores than before.
 */
import { type Bed, startBed } from '../bed.ts';
import { SETTLED, turnsText } from '../method.ts';
import { type OrderTurn, type OrderTurns, orderTurns, USUAL } from '../orderTurn.ts';
import { REPLICATED, replicaAddress, replicaName, replicated } from '../replicas.ts';
import { auditsOf, GUESS, type Measured, type Run, roundsOf, toldOf } from '../run.ts';
import { spreadText, untilEven } from '../spread.ts';
import { interleave, ratios, seriesOf, type Turning } from '../turns.ts';
import { whileDown } from '../whileDown.ts';

const MOST = 3;
/** More processes on the same cores may not take more than this of the rate. */
const AT_LEAST = 0.9;

const WRITERS = ['order', 'catalog', 'payment'] as const;

export async function replicas(run: Run): Promise<Measured> {
  const bed = await startBed('Orderlog with replicas', run, {}, replicated(MOST));
  try {
    const counts = Array.from({ length: MOST }, (_, n) => n + 1);
    const things = counts.map((count) => ({ count, thing: withReplicas(run, bed, count) }));
    const turns = await interleave(
      things.map(({ thing }) => thing),
      roundsOf(run),
    );
    const [one, ...more] = things;
    if (!one) throw new Error('there is nothing to compare with');
    return {
      ...toldOf(bed),
      method: [
        turnsText(run.plan, run.plan.seconds),
        SETTLED,
        `Each turn begins behind ${run.plan.warmUpSeconds} s of the same, since some replicas have just been started.`,
        `No slower is: not below ${AT_LEAST}. More processes on the same cores share their caches, and have something to agree upon.`,
      ],
      notes: [
        'Order, Catalog, Payment, the projector and the gateway, each so many times, on the same servers and the same cores: it shows that work is shared and what the sharing costs. Orders are placed with all replicas of Order. Of several projectors one works, and the others stand by. Who reads which of the 256 partitions is asked of the services themselves before each turn, and the last column tells it.',
      ],
      goals: more.map(({ count, thing }) => ({
        name: `orders/s: ${count} of each against one`,
        values: ratios(turns, thing, one.thing),
        atLeast: AT_LEAST,
      })),
      series: seriesOf(turns),
      audits: await auditsOf(run, bed),
    };
  } finally {
    await bed.stop();
  }
}

/** A turn of so many replicas: the others are down. They are warmed up, since some have just been started. */
function withReplicas(run: Run, bed: Bed, count: number): Turning<OrderTurn> {
  const upTo = (most: number) => Array.from({ length: most }, (_, n) => n + 1);
  const turns: OrderTurns = orderTurns(bed, {
    name: `${count} of each`,
    callers: Math.max(...run.plan.callers),
    wishes: USUAL,
    guess: GUESS,
    address: upTo(count)
      .map((replica) => replicaAddress(bed.layout, 'order', replica))
      .join(','),
  });
  const others = upTo(MOST)
    .slice(count)
    .flatMap((replica) => REPLICATED.map((service) => replicaName(service, replica)));
  return {
    ...turns,
    async run(seconds, say) {
      let turn: OrderTurn | undefined;
      const measure = async () => {
        const asked = WRITERS.map((service) => bed.system.addresses[service]);
        const spread = await untilEven(asked, count, bed.signal);
        await turns.run(run.plan.warmUpSeconds, (line) => say(`warming up: ${line}`));
        const { detail, ...measured } = await turns.run(seconds, say);
        const memoryMb = [...measured.memoryMb.values()].reduce((sum, mb) => sum + mb, 0);
        turn = {
          ...measured,
          detail: {
            ...detail,
            'memory of all services, MB': Math.round(memoryMb),
            'partitions by replica': spreadText(spread),
          },
        };
      };
      await whileDown(bed.system, bed.layout, others, measure, bed.signal);
      if (!turn) throw new Error('nothing was measured');
      return turn;
    },
  };
}
