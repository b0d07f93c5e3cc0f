/** Everything that an overview shows, kept up to date until a signal. */
import type { PartState } from '../../readiness.ts';
import type { LiveDocument, Part } from './document.ts';
import { createFlowTally } from './flow.ts';
import { countOrders, lagOf, lookAgain, lookForParked, type ParkedLook } from './looks.ts';
import type { OverviewSources } from './overview.ts';

export interface Picture {
  /** Resolves once every question was answered, or was not, for the first time. */
  readonly looked: Promise<unknown>;
  draw(): LiveDocument;
  /** Resolves after the signal, when nothing is asked any more. */
  readonly ended: Promise<unknown>;
}

const LAG_EVERY_MS = 1_000;
const PARTS_EVERY_MS = 2_000;
const COUNTS_EVERY_MS = 3_000;
const PARKED_EVERY_MS = 5_000;
const MAX_ERRORS = 10;

export function startPicture(sources: OverviewSources, signal: AbortSignal): Picture {
  const { feeds } = sources;
  const since = new Date().toISOString();
  const flow = createFlowTally();
  const looks = startLooks(sources, signal);
  const all = Object.values(looks).filter((look) => look !== undefined);
  const unsubscribe = feeds.map(({ feed }) =>
    feed.subscribe({ onMessages: (messages) => flow.add(messages, performance.now()), onMissed: flow.miss }),
  );
  signal.addEventListener('abort', () => {
    for (const stop of unsubscribe) stop();
  });
  return {
    looked: Promise.all(all.map(({ looked }) => looked)),
    ended: Promise.all(all.map(({ ended }) => ended)),
    draw() {
      const { orders, ...told } = flow.tell(performance.now());
      const [parts, parked] = [looks.parts.answer() ?? [], looks.parked.answer() ?? []];
      return {
        time: new Date().toISOString(),
        since,
        logs: feeds.map(({ stream, feed }) => logState(stream, feed.problem())),
        ...told,
        orders: { ...orders, readModel: looks.counts?.answer() ?? null },
        lag: looks.lag?.answer() ?? null,
        parts,
        parked: parked.map((each) => each.parked),
        errors: errorsOf(parts, parked),
      };
    },
  };
}

function startLooks(
  { connection, queries, model, measuredLag, readiness, ops }: OverviewSources,
  signal: AbortSignal,
) {
  let parts: readonly Part[] = [];
  const lookAtParts = async () => {
    parts = partsAfter(parts, await readiness(), new Date().toISOString());
    return parts;
  };
  const lookAtParked = (bound: AbortSignal) =>
    Promise.all(Object.entries(ops).map(([name, client]) => lookForParked(name, client, bound)));
  return {
    parts: lookAgain(PARTS_EVERY_MS, lookAtParts, signal),
    parked: lookAgain(PARKED_EVERY_MS, lookAtParked, signal),
    lag: model && lookAgain(LAG_EVERY_MS, (bound) => lagOf(model, connection, measuredLag, bound), signal),
    counts: model && lookAgain(COUNTS_EVERY_MS, (bound) => countOrders(queries, bound), signal),
  };
}

const logState = (stream: string, problem: string | undefined) => ({
  stream,
  following: problem === undefined,
  detail: problem ?? null,
});

/** Keeps since when each is as it is. */
export function partsAfter(
  before: readonly Part[],
  states: Readonly<Record<string, PartState>>,
  now: string,
): readonly Part[] {
  return Object.entries(states).map(([name, { ready, detail = null }]) => {
    const last = before.find((part) => part.name === name);
    return { name, ready, detail, since: last?.ready === ready ? last.since : now };
  });
}

function errorsOf(parts: readonly Part[], parked: readonly ParkedLook[]): LiveDocument['errors'] {
  const down = parts
    .filter(({ ready }) => !ready)
    .map(({ name, since, detail }) => ({ time: since, part: name, message: detail ?? 'it is down' }));
  return [...down, ...parked.flatMap(({ errors }) => errors)]
    .sort((a, b) => b.time.localeCompare(a.time))
    .slice(0, MAX_ERRORS);
}
