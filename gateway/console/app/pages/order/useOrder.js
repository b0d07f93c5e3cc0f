/** One order as it changes: read when shown, and again whenever its stream of events tells of more. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { getJson, problemOf } from '../../api.js';
import { follow } from '../../events.js';
import { hasEnded } from '../../format.js';

/** @import { Problem } from '../../api.js' */
/** @import { Order, ReadState } from '../../types.d.ts' */

/** The read model may be behind the log by this, or some of it. */
const BEHIND_MS = 150;
/** Where there is no stream. */
const POLL_MS = 1_500;

/**
 * @param {string} orderId
 * @param {string} [token] of the write that is to be seen
 */
export function useOrder(orderId, token) {
  const [state, setState] = useState(
    /** @type {{ order?: Order, readState?: ReadState, error?: Problem }} */ ({}),
  );
  const [round, setRound] = useState(0);
  const wanted = useRef(0);
  useEffect(() => {
    const stopped = new AbortController();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    let isFollowed = true;
    const look = async () => {
      clearTimeout(timer);
      try {
        const path = `/v1/orders/${encodeURIComponent(orderId)}`;
        /** @type {{ order: Order, readState: ReadState }} */
        const { order, readState } = await getJson(path, { signal: stopped.signal, token });
        if (stopped.signal.aborted) return;
        setState({ order, readState });
        if (order.version < wanted.current) timer = setTimeout(look, BEHIND_MS);
        else if (!isFollowed && !hasEnded(order.status)) timer = setTimeout(look, POLL_MS);
      } catch (error) {
        if (stopped.signal.aborted) return;
        const problem = problemOf(error);
        setState(({ order, readState }) => ({ order, readState, error: problem }));
        if (problem.status === 0 || problem.status >= 500) timer = setTimeout(look, POLL_MS);
      }
    };
    const pollInstead = () => {
      isFollowed = false;
      look();
    };
    const close = follow(`/v1/orders/${encodeURIComponent(orderId)}/events`, {
      hear({ event, id }) {
        isFollowed = true;
        if (event === 'end') return close();
        if (event === 'resync') return;
        wanted.current = Math.max(wanted.current, Number(id));
        look();
      },
      lost: pollInstead,
      ended: pollInstead,
    });
    look();
    return () => {
      stopped.abort();
      clearTimeout(timer);
      close();
    };
  }, [orderId, token, round]);
  const again = useCallback(() => setRound((n) => n + 1), []);
  return { ...state, again };
}
