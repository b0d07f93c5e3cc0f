/**
 * When a call that was turned away is told so: at once, as long as refusing is little beside what the server does; above
 * that, in turn. A caller who repeats at once, whatever RetryInfo says, would otherwise have the event loop refuse him from
 * morning to night, while what was let in waits for its turn of that loop (seen: 4,000 refusals a second, and commands that
 * take ten times as long). So each call that was answered pays for some refusals, and time for a few; callers who want
 * more of them wait. The connections take turns, so that the one who storms waits for himself and not the others for him.
 *
 * Waiting is bounded, in time and in number; above the number they are told at once again.
 */

/** A call that is to be told. */
export interface TurnedAway {
  /** Its connection. */
  getPeer(): string;
  /** Its caller has gone: there is nobody to tell. */
  readonly cancelled: boolean;
}

export interface Refusals {
  /** `tell` answers the call: now, or when its turn comes. */
  refuse(call: TurnedAway, tell: () => void): void;
  /** A call that was let in was answered. */
  earn(): void;
  /** How many wait. */
  waiting(): number;
  /** Tells all that wait. */
  tellAll(): void;
}

/** What it runs by; tests have their own. */
export interface RefusalTime {
  now(): number;
  /** Calls back once, in so many ms. */
  later(callback: () => void, ms: number): void;
}

/** An answered call pays for so many. */
const PER_ANSWER = 4;
/** Without any answer, so many a second. */
const PER_SECOND = 100;
/** So many at once after a calm. */
const MAX_SAVED = 500;
const MAX_WAITING = 2_000;
/** Nobody waits for longer, whoever pays. */
const MAX_WAIT_MS = 500;
const LOOK_MS = 10;

const realTime: RefusalTime = {
  now: () => performance.now(),
  later: (callback, ms) => void setTimeout(callback, ms).unref(),
};

interface Waiting {
  readonly call: TurnedAway;
  readonly sinceMs: number;
  readonly tell: () => void;
}

export function createRefusals(time: RefusalTime = realTime): Refusals {
  /** By connection, in the order of their turns. */
  const queues = new Map<string, Waiting[]>();
  let waiting = 0;
  let saved = MAX_SAVED;
  let countedMs = time.now();

  function count(): void {
    const nowMs = time.now();
    saved = Math.min(MAX_SAVED, saved + ((nowMs - countedMs) / 1_000) * PER_SECOND);
    countedMs = nowMs;
  }

  function tell({ call, tell }: Waiting): void {
    waiting -= 1;
    if (call.cancelled) return;
    saved = Math.max(0, saved - 1);
    tell();
  }

  /** The next in turn; its connection goes to the end of the line. */
  function tellNext(): void {
    const [first] = queues;
    if (!first) return;
    const [peer, queue] = first;
    const next = queue.shift();
    queues.delete(peer);
    if (queue.length > 0) queues.set(peer, queue);
    if (next) tell(next);
  }

  function tellWhoWaitedEnough(): void {
    const sinceMs = time.now() - MAX_WAIT_MS;
    for (const [peer, queue] of queues) {
      const left = queue.findIndex((each) => each.sinceMs > sinceMs);
      const enough = queue.splice(0, left < 0 ? queue.length : left);
      if (queue.length === 0) queues.delete(peer);
      enough.forEach(tell);
    }
  }

  function look(): void {
    count();
    while (waiting > 0 && saved >= 1) tellNext();
    tellWhoWaitedEnough();
    if (waiting > 0) time.later(look, LOOK_MS);
  }

  return {
    refuse(call, tell) {
      count();
      if ((waiting === 0 && saved >= 1) || waiting >= MAX_WAITING) {
        saved = Math.max(0, saved - 1);
        tell();
        return;
      }
      if (waiting === 0) time.later(look, LOOK_MS);
      const peer = call.getPeer();
      const queue = queues.get(peer) ?? [];
      queue.push({ call, sinceMs: countedMs, tell });
      queues.set(peer, queue);
      waiting += 1;
    },
    earn() {
      saved = Math.min(MAX_SAVED, saved + PER_ANSWER);
    },
    waiting: () => waiting,
    tellAll() {
      while (waiting > 0) tellNext();
    },
  };
}
