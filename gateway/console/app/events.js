/**
 * Server-sent events (HTML standard, section 9.2) by fetch: an EventSource sends no Authorization. As one does, it comes back by itself
 * with the last id that it has heard; other than one it says why it does not, and does come back after an answer that may pass.
 */
import { openStream, Problem, problemOf } from './api.js';

/** @typedef {{ event: string, id: string | undefined, data: string }} Message */

const RETRY_MS = 2_000;
/** The gateway says something every 15 s, if only that it is there: who hears nothing is not connected, though nobody has told him. */
const SILENT_MS = 45_000;
const NO_CONTENT = 204;
const TOO_MANY = 429;

/**
 * Follows a stream until it is closed. `lost`: it comes back by itself. `ended`: it does not; with the problem that keeps it away, or
 * none where there is nothing more to tell.
 * @param {string} path
 * @param {{ hear: (message: Message) => void, lost: (problem?: Problem) => void, ended: (problem?: Problem) => void }} listener
 * @param {{ silentMs?: number, retryMs?: number }} [options]
 * @returns {() => void} closes it
 */
export function follow(path, { hear, lost, ended }, { silentMs = SILENT_MS, retryMs = RETRY_MS } = {}) {
  const closed = new AbortController();
  const { signal } = closed;
  /** @type {string | undefined} */
  let lastId;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const connect = async () => {
    const connection = new AbortController();
    try {
      const until = AbortSignal.any([signal, connection.signal]);
      const response = await heard(openStream(path, { signal: until, lastId }), silentMs);
      if (response.status === NO_CONTENT) return ended();
      await read(response, silentMs, (message) => {
        lastId = message.id ?? lastId;
        if (!signal.aborted) hear(message);
      });
      if (!signal.aborted) lost();
    } catch (error) {
      if (signal.aborted) return;
      const problem = problemOf(error);
      if (problem.status >= 400 && problem.status < 500 && problem.status !== TOO_MANY) return ended(problem);
      lost(problem);
    } finally {
      connection.abort();
    }
    if (!signal.aborted) timer = setTimeout(connect, retryMs);
  };
  connect();
  return () => {
    closed.abort();
    clearTimeout(timer);
  };
}

/** The same, unless it takes too long. @template T @param {Promise<T>} coming @param {number} silentMs @returns {Promise<T>} */
async function heard(coming, silentMs) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Promise<never>} */
  const silence = new Promise((_, reject) => {
    const detail = 'Nothing has been heard for too long; the console connects again by itself.';
    timer = setTimeout(() => reject(new Problem({ title: 'Not connected', detail })), silentMs);
  });
  try {
    return await Promise.race([coming, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Response} response @param {number} silentMs @param {(message: Message) => void} hear */
async function read({ body }, silentMs, hear) {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  const messagesIn = parser();
  for (;;) {
    const { done = true, value = '' } = (reader && (await heard(reader.read(), silentMs))) ?? {};
    for (const message of messagesIn(value)) hear(message);
    if (done) return;
  }
}

/** Takes a stream's text piece by piece; gives the messages that are whole. Pure but for what it has of the next one. */
export function parser() {
  let rest = '';
  let fields = /** @type {Record<string, string | undefined>} */ ({});
  /** @param {string} line */
  const take = (line) => {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (name === 'data' && fields.data !== undefined) fields.data += `\n${value}`;
    else if (name !== '') fields[name] = value;
  };
  /** @param {string} piece @returns {Message[]} */
  return (piece) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    return lines.flatMap((each) => {
      const line = each.replace(/\r$/, '');
      if (line !== '') {
        take(line);
        return [];
      }
      const { event = 'message', id, data } = fields;
      fields = {};
      return data === undefined ? [] : [{ event, id, data }];
    });
  };
}
