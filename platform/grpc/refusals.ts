/**
 * When a call that was turned away is told so: at once, as long as refusing is little beside what the server does; above
 * that, in turn. A caller who repeats at once, whatever RetryInfo says, would otherwise have the event loop refuse him from
 * morning to night, while what was let in waits for its turn of that loop (seen: 4,000 refusals a second, and commands that
 * take ten times as long). So each call that was answered pays for some refusals, and time for a few; callers who want
 * more of them wait. The connections take turns, so that the one who storms waits for himself and not the others for him.
 *
 * Waiting refusals are bounded; above the bound they are told at once again.
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
const PER_SECOND = 200;
/** So many at once after a calm. */
const MAX_SAVED = 500;
const MAX_WAITING = 2_000;
const LOOK_MS = 10;

const realTime: RefusalTime = {
  now: () => performance.now(),
  later: (callback, ms) => void setTimeout(callback, ms).unref(),
};

export function createRefusals(time: RefusalTime = realTime): Refusals {
  /** By connection, in the order of their turns. */
  const queues = new Map<string, { call: TurnedAway; tell: () => void }[]>();
  let waiting = 0;
  let saved = MAX_SAVED;
  let countedMs = time.now();

  function count(): void {
    const nowMs = time.now();
    saved = Math.min(MAX_SAVED, saved + ((nowMs - countedMs) / 1_000) * PER_SECOND);
    countedMs = nowMs;
  }

  /** The next in turn; its connection goes to the end of the line. */
  function take() {
    const [first] = queues;
    if (!first) return undefined;
    const [peer, queue] = first;
    const next = queue.shift();
    queues.delete(peer);
    if (queue.length > 0) queues.set(peer, queue);
    waiting -= 1;
    return next;
  }

  function tellNext(): void {
    const next = take();
    if (!next || next.call.cancelled) return;
    saved -= 1;
    next.tell();
  }

  function look(): void {
    count();
    while (waiting > 0 && saved >= 1) tellNext();
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
      const queue = queues.get(peer);
      if (queue) queue.push({ call, tell });
      else queues.set(peer, [{ call, tell }]);
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
