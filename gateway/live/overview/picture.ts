/** Everything that an overview shows, kept up to date until a signal. */
import { NO_ANSWER, type PartState } from '../../readiness.ts';
import type { LiveDocument, Part } from './document.ts';
import { createFlowTally } from './flow.ts';
import {
  countOrders,
  type Look,
  lagOf,
  lookAgain,
  lookForParked,
  type ParkedLook,
  parkedUnknown,
} from './looks.ts';
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
  const all = Object.values(looks)
    .flat()
    .filter((look) => look !== undefined);
  let parts: readonly Part[] = [];
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
      const time = new Date().toISOString();
      const { orders, ...told } = flow.tell(performance.now());
      parts = partsAfter(parts, Object.fromEntries(answersOf(looks.parts)), time);
      const parked = answersOf(looks.parked);
      return {
        time,
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
  return {
    parts: Object.entries(readiness).map(([name, ask]) =>
      lookAgain<NamedState>(PARTS_EVERY_MS, async () => [name, await ask()], signal, [name, NO_ANSWER]),
    ),
    parked: Object.entries(ops).map(([name, client]) => {
      const look = (bound: AbortSignal) => lookForParked(name, client, bound);
      return lookAgain(PARKED_EVERY_MS, look, signal, parkedUnknown(name));
    }),
    lag: model && lookAgain(LAG_EVERY_MS, (bound) => lagOf(model, connection, measuredLag, bound), signal),
    counts: model && lookAgain(COUNTS_EVERY_MS, (bound) => countOrders(queries, bound), signal),
  };
}

type NamedState = readonly [name: string, state: PartState];

/** Those that there are yet. */
const answersOf = <T>(looks: readonly Look<T>[]): readonly T[] =>
  looks.flatMap(({ answer }) => {
    const given = answer();
    return given === undefined ? [] : [given];
  });

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
