/**
 * How a peer is asked to do most: what its callers wait for, and how many they are. Each is tried for a while, which warms the
 * peer up too.
 */
import { type RunTurn, type Shape, WORDS } from './peerTurns.ts';
import type { WaitsFor } from './placeOrders.ts';

export interface Best {
  readonly shape: Shape;
  /** What was tried, and whether there may be better. */
  readonly detail: Readonly<Record<string, string>>;
}

interface Tried extends Shape {
  readonly rate: number;
}

const CALLERS = [64, 128, 256, 512, 1_024];
/** Fewer orders than at best, so many times in a row: more callers are not tried. */
const DECLINES = 2;

export async function bestShape(
  waits: readonly WaitsFor[],
  turn: RunTurn,
  seconds: number,
  say: (line: string) => void,
): Promise<Best> {
  const tried: Tried[] = [];
  for (const waitsFor of waits) tried.push(...(await tryAll(waitsFor, turn, seconds, say)));
  const { waitsFor, callers } = tried.reduce((best, each) => (each.rate > best.rate ? each : best));
  return {
    shape: { waitsFor, callers },
    detail: {
      ...Object.fromEntries(waits.map((each) => [`tried, waiting for ${WORDS[each]}`, told(each, tried)])),
      ...(callers === CALLERS.at(-1) && { 'most with the most callers': 'more callers might do more' }),
    },
  };
}

async function tryAll(
  waitsFor: WaitsFor,
  turn: RunTurn,
  seconds: number,
  say: (line: string) => void,
): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  let [most, declines] = [0, 0];
  for (const callers of CALLERS) {
    const { rate } = await turn({ waitsFor, callers }, seconds, say);
    say(`${callers} callers that wait for ${WORDS[waitsFor]}: ${Math.round(rate)} orders/s`);
    tried.push({ waitsFor, callers, rate });
    declines = rate > most ? 0 : declines + 1;
    most = Math.max(most, rate);
    if (declines === DECLINES) break;
  }
  return tried;
}

const told = (waitsFor: WaitsFor, tried: readonly Tried[]): string =>
  tried
    .filter((each) => each.waitsFor === waitsFor)
    .map(({ callers, rate }) => `${Math.round(rate)} orders/s by ${callers} callers`)
    .join(', ');
