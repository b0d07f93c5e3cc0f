/** What pages share: asking while shown, following a stream, and the time that goes by. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Problem, problemOf } from './api.js';
import { follow } from './events.js';

/**
 * Asks when shown and whenever `deps` change, then every `everyMs`; the last answer stays until there is a new one.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} ask
 * @param {readonly unknown[]} deps
 * @param {{ everyMs?: number }} [options]
 */
export function useAnswer(ask, deps, { everyMs } = {}) {
  const [state, setState] = useState(
    /** @type {{ data?: T, error?: Problem, isLoading: boolean }} */ ({ isLoading: true }),
  );
  const [round, setRound] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    const stopped = new AbortController();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const look = async () => {
      try {
        const data = await latest.current(stopped.signal);
        if (!stopped.signal.aborted) setState({ data, isLoading: false });
      } catch (error) {
        if (stopped.signal.aborted) return;
        setState(({ data }) => ({ data, error: problemOf(error), isLoading: false }));
      }
      if (everyMs !== undefined && !stopped.signal.aborted) timer = setTimeout(look, everyMs);
    };
    setState(({ data, error }) => ({ data, error, isLoading: true }));
    look();
    return () => {
      stopped.abort();
      clearTimeout(timer);
    };
  }, [...deps, everyMs, round]);
  const again = useCallback(() => setRound((n) => n + 1), []);
  return { ...state, again };
}

/**
 * The last message of a stream of whole documents. It connects again by itself.
 * @template T
 * @param {string} path
 * @param {string} name
 */
export function useStream(path, name) {
  const [state, setState] = useState(/** @type {{ data?: T, error?: Problem }} */ ({}));
  useEffect(() => {
    const detail = 'The stream has ended; the console connects again by itself.';
    /** @param {Problem} error */
    const fail = (error) => setState(({ data }) => ({ data, error }));
    return follow(path, {
      hear: ({ event, data }) => event === name && setState({ data: JSON.parse(data) }),
      lost: () => fail(new Problem({ title: 'Not connected', detail })),
      ended: (problem) => problem && fail(problem),
    });
  }, [path, name]);
  return state;
}

/** What is typed, once no more is typed. @template T @param {T} value @param {number} ms @returns {T} */
export function useSettled(value, ms) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** A command that a button begins: whether it is under way, and how it failed. @template A @param {(argument: A) => Promise<void>} run */
export function useCommand(run) {
  const [state, setState] = useState(
    /** @type {{ isRunning: boolean, error?: Problem }} */ ({ isRunning: false }),
  );
  /** @param {A} argument */
  const start = async (argument) => {
    setState({ isRunning: true });
    try {
      await run(argument);
      setState({ isRunning: false });
    } catch (error) {
      setState({ isRunning: false, error: problemOf(error) });
    }
  };
  return { ...state, start };
}

/** Renders anew every second, so that `5 s ago` stays true. */
export function useTick() {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((n) => n + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
}
