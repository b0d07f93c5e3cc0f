/** One order as it changes: read when shown, and again whenever its stream of events tells of more. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { getJson, problemOf } from '../../api.js';
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
    const look = async () => {
      clearTimeout(timer);
      try {
        const path = `/v1/orders/${encodeURIComponent(orderId)}`;
        /** @type {{ order: Order, readState: ReadState }} */
        const { order, readState } = await getJson(path, { signal: stopped.signal, token });
        if (stopped.signal.aborted) return;
        setState({ order, readState });
        if (order.version < wanted.current) timer = setTimeout(look, BEHIND_MS);
        else if (source.readyState === EventSource.CLOSED && !hasEnded(order.status))
          timer = setTimeout(look, POLL_MS);
      } catch (error) {
        if (stopped.signal.aborted) return;
        const problem = problemOf(error);
        setState(({ order, readState }) => ({ order, readState, error: problem }));
        if (problem.status === 0 || problem.status >= 500) timer = setTimeout(look, POLL_MS);
      }
    };
    const source = new EventSource(`/v1/orders/${encodeURIComponent(orderId)}/events`);
    const hear = (/** @type {MessageEvent} */ { lastEventId }) => {
      wanted.current = Math.max(wanted.current, Number(lastEventId));
      look();
    };
    for (const name of ['snapshot', 'event']) source.addEventListener(name, hear);
    source.addEventListener('end', () => source.close());
    source.addEventListener('error', () => source.readyState === EventSource.CLOSED && look());
    look();
    return () => {
      stopped.abort();
      clearTimeout(timer);
      source.close();
    };
  }, [orderId, token, round]);
  const again = useCallback(() => setRound((n) => n + 1), []);
  return { ...state, again };
}
