/** All that is parked, tried once, some of it at a time and in the order in which it was parked. */
import type { AnyEvent } from '../../platform/events.ts';
import { type FoldResult, type Poisoned, refold } from './fold.ts';
import type { Projection } from './projection.ts';
import type { OpenTarget } from './target.ts';

export interface ParkedRound<S> {
  /**
   * Asks for the histories of the next; `onAsk` is told of each before. None: that were all. Throws what the target throws, but not
   * for a service that does not answer.
   */
  tryNext(onAsk: (streamId: string) => void): Promise<readonly Tried<S>[]>;
  beginAnew(): void;
}

export interface Tried<S> extends Poisoned {
  readonly result: FoldResult<S> | Unanswered;
}

/** Its service may be away, or refuse to tell: nothing is said of the aggregate. */
interface Unanswered {
  readonly reason: string;
  readonly isUnanswered: true;
}

/** Their service is asked for so many at once. */
const TRIED_TOGETHER = 20;

export function createParkedRound<S, E extends AnyEvent>(
  projection: Projection<S, E>,
  target: Pick<OpenTarget<S>, 'parked'>,
): ParkedRound<S> {
  let left: readonly Poisoned[] = [];
  /** Up to here all were tried. */
  let sequence = 0;
  return {
    async tryNext(onAsk) {
      if (left.length === 0) left = await target.parked(sequence);
      const some = left.slice(0, TRIED_TOGETHER);
      left = left.slice(TRIED_TOGETHER);
      sequence = some.at(-1)?.sequence ?? sequence;
      const trying = some.map(async (parked): Promise<Tried<S>> => {
        onAsk(parked.streamId);
        const result = await refold(projection, parked.streamId, parked.version).catch(asUnanswered);
        return { ...parked, result };
      });
      return Promise.all(trying);
    },
    beginAnew() {
      left = [];
      sequence = 0;
    },
  };
}

const asUnanswered = (error: unknown): Unanswered => ({ reason: String(error), isUnanswered: true });

export const isUnanswered = ({ result }: Tried<unknown>): boolean => 'isUnanswered' in result;
