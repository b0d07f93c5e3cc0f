/**
 * Turns of load on a peer. A rate is orders that ended (completed or, one of twenty, declined and compensated) a second, from
 * the first call to the last end. After each turn the sums are checked.
 */
import type { BenchContext, Turn } from '../bench/measure.ts';
import { quantilesOf, round } from '../compare/quantiles.ts';
import { createPace } from '../stages/pace.ts';
import { checkAccepted, untilAllEnded } from './acceptedOrders.ts';
import { checkEnds, checkSums, stockUp } from './checks.ts';
import { createGenerators, type Generate, type Placed } from './generators.ts';
import type { OneWay, Peer } from './peer.ts';
import type { WaitsFor } from './placeOrders.ts';
import type { Charges, Provider } from './provider.ts';

export interface Shape {
  readonly waitsFor: WaitsFor;
  readonly callers: number;
}

export type RunTurn = (shape: Shape, seconds: number, say: (line: string) => void) => Promise<Turn>;

export const WORDS: Readonly<Record<WaitsFor, string>> = {
  end: "an order's end",
  acceptance: "an order's durable acceptance",
};

/** Orders a second, before the first turn has told. */
const GUESS = 200;
const LONGEST_S = 3_600;

/** What one turn came to. */
interface Turned {
  readonly placed: Placed;
  readonly charges: Charges;
  readonly endedMs: number;
  readonly underWay: Readonly<Record<string, number>>;
}

/** Puts items on sale and checks each end of an order first. */
export async function peerTurns(
  peer: Peer,
  provider: Provider,
  { signal, say }: Pick<BenchContext, 'signal' | 'say'>,
): Promise<RunTurn> {
  say(`${peer.version}, putting items on sale`);
  await stockUp(peer);
  say('checking each end of an order');
  let { units } = await checkEnds(peer, provider);
  const generate = createGenerators(signal);
  const pace = createPace(GUESS);
  return async (shape, seconds, tell) => {
    await peer.settle?.();
    tell(`${shape.callers} callers that wait for ${WORDS[shape.waitsFor]}`);
    const turned =
      shape.waitsFor === 'end'
        ? await answeredTurn(peer, provider, generate, { shape, seconds })
        : await acceptedTurn(oneWayOf(peer), provider, generate, {
            shape,
            // No fewer than there are callers, or some of them would have nothing to do.
            orders: Math.max(pace.amount(seconds), shape.callers),
            signal,
          });
    units += turned.placed.units;
    await checkSums(peer, turned.charges, turned.placed.ends, units);
    const turn = turnOf(shape, turned);
    pace.was(turn.rate);
    return turn;
  };
}

function oneWayOf({ version, oneWay }: Peer): OneWay {
  if (oneWay) return oneWay;
  throw new Error(`${version} does not go on with an order by itself`);
}

async function answeredTurn(
  { placeUrl }: Peer,
  provider: Provider,
  generate: Generate,
  { shape, seconds }: { readonly shape: Shape; readonly seconds: number },
): Promise<Turned> {
  const placed = await generate({ placeUrl, seconds, ...shape });
  const charges = await provider.charges();
  return { placed, charges, endedMs: placed.lastAnswerMs, underWay: { 'orders under way': shape.callers } };
}

async function acceptedTurn(
  oneWay: OneWay,
  provider: Provider,
  generate: Generate,
  { shape, orders, signal }: { readonly shape: Shape; readonly orders: number; readonly signal: AbortSignal },
): Promise<Turned> {
  const before = await oneWay.byStatus();
  const placed = await generate({ placeUrl: oneWay.placeUrl, seconds: LONGEST_S, orders, ...shape });
  const { charges, underWay, endedMs } = await untilAllEnded(oneWay, provider, countOf(placed), signal);
  await checkAccepted(oneWay, before, placed, endedMs);
  const acceptedPerSecond = countOf(placed) / ((placed.lastAnswerMs - placed.startedMs) / 1_000);
  return {
    placed,
    charges,
    endedMs: Math.max(endedMs, placed.lastAnswerMs),
    underWay: {
      'accepted/s': round(acceptedPerSecond, 1),
      'orders under way when all were accepted': underWay,
    },
  };
}

const countOf = ({ ends }: Placed): number => Object.values(ends).reduce((sum, count) => sum + count, 0);

function turnOf({ waitsFor, callers }: Shape, { placed, endedMs, underWay }: Turned): Turn {
  const seconds = (endedMs - placed.startedMs) / 1_000;
  const orders = countOf(placed);
  const answers = quantilesOf(placed.latenciesMs);
  return {
    rate: orders / seconds,
    detail: {
      'callers wait for': WORDS[waitsFor],
      callers,
      orders,
      ...underWay,
      'answer p50 ms': answers?.p50 ?? 0,
      'answer p99 ms': answers?.p99 ?? 0,
      seconds: round(seconds, 1),
      'processors of the generators': round(placed.cpuMs / 1_000 / seconds, 2),
      ...placed.ends,
    },
  };
}
