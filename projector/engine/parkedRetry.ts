/**
 * Tries what is parked again, beside the log: their service is asked while the log goes on, and what is mended is committed between
 * two batches. In rounds (parkedRound.ts), a few at a time: whatever comes of these, the next have their turn. A service that does
 * not answer is asked for few, and seldom.
 */
import type { Logger } from 'pino';
import type { AnyEvent } from '../../platform/events.ts';
import type { LogMessage } from '../../platform/log/headers.ts';
import type { Changed } from './fold.ts';
import { createParkedRound, isUnanswered, type Tried } from './parkedRound.ts';
import type { Projection } from './projection.ts';
import type { OpenTarget } from './target.ts';

export interface ParkedRetry {
  /** Until `turn` has something to do; 0: now. */
  dueMs(): number;
  /** These are folded from now on, and so try their aggregates by themselves: what was asked of them before is out of date. */
  passed(messages: readonly Pick<LogMessage, 'streamId'>[]): void;
  /**
   * Commits what was mended, or begins to ask for the next; waits for no service. Nothing else may be committed meanwhile. Throws
   * what the target throws.
   */
  turn(): Promise<void>;
}

export interface RetryWaits {
  /** At first: a feed that cannot write is not to ask each time that it is opened. */
  readonly firstMs: number;
  /** After some of which none could be mended, and after a round in which not all were answered. */
  readonly restMs: number;
  /** After a round in which all were: what is parked still waits for a person. */
  readonly roundMs: number;
}

const WAITS: RetryWaits = { firstMs: 1_000, restMs: 15_000, roundMs: 300_000 };
/** Between looks whether their service has answered. */
const LOOK_MS = 50;

export function createParkedRetry<S, E extends AnyEvent>(
  projection: Projection<S, E>,
  target: OpenTarget<S>,
  logger: Logger,
  { firstMs, restMs, roundMs }: RetryWaits = WAITS,
): ParkedRetry {
  const round = createParkedRound(projection, target);
  /** Those of which nothing has come since. */
  const asked = new Set<string>();
  let isAsking = false;
  let isAnyUnanswered = false;
  let tried: readonly Tried<S>[] | undefined;
  let dueAtMs = performance.now() + firstMs;

  /** Never rejects. */
  async function ask(): Promise<void> {
    isAsking = true;
    try {
      tried = await round.tryNext((streamId) => asked.add(streamId));
    } catch (error) {
      logger.warn({ err: error }, 'what is parked cannot be looked up now');
      isAnyUnanswered = true;
      tried = [];
    }
    isAsking = false;
  }

  async function settle(done: readonly Tried<S>[]): Promise<void> {
    const mended = done.filter(({ streamId }) => asked.has(streamId)).flatMap(mendedBy);
    asked.clear();
    isAnyUnanswered ||= done.some(isUnanswered);
    tell(logger, done);
    if (mended.length > 0) return commitMended(target, mended);
    const isOver = done.length === 0;
    dueAtMs = performance.now() + (isOver && !isAnyUnanswered ? roundMs : restMs);
    if (!isOver) return;
    round.beginAnew();
    isAnyUnanswered = false;
  }

  return {
    dueMs() {
      if (tried) return 0;
      return isAsking ? LOOK_MS : Math.max(0, dueAtMs - performance.now());
    },
    passed(messages) {
      for (const { streamId } of messages) asked.delete(streamId);
    },
    async turn() {
      const done = tried;
      tried = undefined;
      if (done) return settle(done);
      if (!isAsking && performance.now() >= dueAtMs) void ask();
    },
  };
}

type Mended<S> = Omit<Changed<S>, 'stored'> & { readonly streamId: string };

const mendedBy = <S>({ streamId, sequence, result }: Tried<S>): readonly Mended<S>[] =>
  'reason' in result ? [] : [{ streamId, sequence, ...result }];

/** Of those that were not answered one line for all. */
function tell(logger: Logger, done: readonly Tried<unknown>[]): void {
  const unanswered: string[] = [];
  for (const { streamId, version, result } of done) {
    if (!('reason' in result)) continue;
    if ('isUnanswered' in result) unanswered.push(result.reason);
    else logger.warn({ streamId, version, why: result.reason }, 'still parked');
  }
  const [why] = unanswered;
  if (why === undefined) return;
  logger.warn({ aggregates: unanswered.length, why }, 'still parked: their history cannot be had now');
}

async function commitMended<S>(target: OpenTarget<S>, mended: readonly Mended<S>[]): Promise<void> {
  const refolded = new Set(mended.map(({ streamId }) => streamId));
  const stored = await target.load([...refolded]);
  const changed = new Map<string, Changed<S>>();
  for (const { streamId, ...state } of mended) {
    const before = stored.get(streamId);
    if (state.version > (before?.version ?? 0)) changed.set(streamId, { ...state, stored: before?.state });
  }
  await target.stage({ changed, poisoned: new Map(), refolded })(target.place());
}
