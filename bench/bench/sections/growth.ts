/** What an order costs with more and more orders behind it, in a system that begins empty and is filled through the log. */
import { withClient } from '../../../cli/servers/serviceDatabase.ts';
import { median, round } from '../../compare/quantiles.ts';
import { storedBytes } from '../../compare/storage.ts';
import { fiveStatements } from '../../stages/fiveStatements.ts';
import { type Bed, startBed } from '../bed.ts';
import type { Growth } from '../figures.ts';
import { GOES_ON, times } from '../method.ts';
import { type OrderTurn, type OrderTurns, orderTurns, USUAL } from '../orderTurn.ts';
import { processesOf } from '../processFigures.ts';
import { auditsOf, GUESS, type Measured, type Run, toldOf } from '../run.ts';
import { seed } from '../seed/seed.ts';

/**
 * The services begin anew after orders were told, and the tables were just written out: pages that a write touches first after
 * that are logged whole, and of those there are more, the larger the tables are.
 */
const WARM_UPS = 3;
/** The cost of an order may differ by so much. */
const WITHIN = 0.15;

export async function growth(run: Run): Promise<Measured> {
  const bed = await startBed('Orderlog, growing', run);
  try {
    const callers = Math.max(...run.plan.callers);
    const turns = orderTurns(bed, { name: 'Orderlog', callers, wishes: USUAL, guess: GUESS, goesOn: true });
    const reference = await fiveStatements(bed.system.urls.postgres, run.folder);
    const sizes: Growth[] = [];
    for (const orders of run.plan.growth) {
      await growTo(run, bed, orders);
      await bed.settle();
      for (let time = 0; time < WARM_UPS; time++)
        await turns.run(run.plan.warmUpSeconds, (line) => run.say(`warming up: ${line}`));
      const before = await reference(run.plan.seconds);
      const size = await measureAt(run, bed, turns);
      const after = await reference(run.plan.seconds);
      sizes.push({ ...size, reference: [before, after].map(({ rate }) => round(rate, 1)) });
    }
    const [first, last] = [sizes[0], sizes.at(-1)];
    if (!first || !last) throw new Error('a plan of growth needs sizes');
    const relative = ({ rates, reference }: Growth) => median(rates) / median(reference);
    return {
      ...toldOf(bed),
      method: [
        `${times(run.plan.rounds, 'turn')} of about ${run.plan.seconds} s of each size, from ${run.plan.growth[0]} orders on, and before and after them one of the reference of five statements on the same server: sizes lie far apart in time.`,
        GOES_ON,
        'Warming it up behind each size adds orders: the table tells how many there were when it was measured.',
      ],
      notes: [
        'The orders behind it were told by the deciders and policies of the services, and written into databases and log; the projector has read them there.',
      ],
      goals: [
        {
          name: `CPU an order: ${last.orders} orders behind it against ${first.orders}`,
          values: [last.cpuMsPerOrder / first.cpuMsPerOrder],
          below: 1 + WITHIN,
        },
        {
          name: `orders/s against five statements: ${last.orders} orders behind it against ${first.orders}`,
          values: [relative(last) / relative(first)],
          atLeast: 1 - WITHIN,
        },
      ],
      series: [],
      growth: sizes,
      audits: await auditsOf(run, bed),
    };
  } finally {
    await bed.stop();
  }
}

async function growTo({ say, signal }: Run, { system, layout, readModel }: Bed, size: number): Promise<void> {
  const { ended } = await readModel.count();
  if (ended >= size) return;
  const startedMs = performance.now();
  const orders = size - ended;
  await seed({ system, layout, wishes: USUAL, orders, say, signal });
  await readModel.untilEnded(size, say);
  say(`seeded ${orders} orders in ${Math.round((performance.now() - startedMs) / 1_000)} s`);
}

async function measureAt(
  run: Run,
  { system, readModel }: Bed,
  turns: OrderTurns,
): Promise<Omit<Growth, 'reference'>> {
  const { plan, say, signal } = run;
  const { ended: orders } = await readModel.count();
  const stored = await storedBytes(system);
  const walBefore = await walBytes(system.urls.postgres);
  const all: OrderTurn[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    signal.throwIfAborted();
    all.push(
      await turns.run(plan.seconds, (line) =>
        say(`with ${orders} orders, round ${round} of ${plan.rounds}: ${line}`),
      ),
    );
  }
  const placed = all.reduce((sum, turn) => sum + turn.orders, 0);
  const processes = processesOf(all);
  return {
    orders,
    rates: all.map(({ rate }) => round(rate, 1)),
    cpuMsPerOrder: round(
      processes.reduce((sum, { cpuMsPerOrder }) => sum + cpuMsPerOrder, 0),
      2,
    ),
    memoryMb: Object.fromEntries(
      processes.flatMap(({ name, memoryMb }) => (memoryMb ? [[name, memoryMb]] : [])),
    ),
    stored,
    walBytesPerOrder: Math.round(((await walBytes(system.urls.postgres)) - walBefore) / placed),
  };
}

/** Written since the server was made. */
const walBytes = (url: string): Promise<number> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ bytes: string }>("select pg_current_wal_lsn() - '0/0' as bytes");
    return Number(rows[0]?.bytes);
  });
