/** The gateway's REST routes, asked with bounds and on behalf of who has signed in; every failure is a Problem, whatever it came of. */

import { headersOf, keptToken, refuse } from './session.js';

const TIMEOUT_MS = 15_000;
const UNAUTHENTICATED = 401;

export class Problem extends Error {
  /** @param {{ status?: number, title?: string, detail?: string, reason?: string }} problem */
  constructor({ status = 0, title = 'It failed', detail = '', reason = '' }) {
    super(detail || title);
    this.name = 'Problem';
    /** HTTP's; 0: there was no answer. */
    this.status = status;
    this.title = title;
    this.reason = reason;
  }
}

/** @param {unknown} error */
export const problemOf = (error) =>
  error instanceof Problem ? error : new Problem({ title: 'The console failed', detail: String(error) });

/**
 * @template T
 * @param {string} path
 * @param {{ signal?: AbortSignal, token?: string }} [options]
 * @returns {Promise<T>}
 */
export function getJson(path, { signal, token } = {}) {
  return ask(path, { signal, headers: token ? { 'consistency-token': token } : {} });
}

/**
 * A command. `key` is its Idempotency-Key: give the same for a repeat.
 * @template T
 * @param {string} path
 * @param {unknown} body
 * @param {string} [key]
 * @returns {Promise<T>}
 */
export function postJson(path, body, key = crypto.randomUUID()) {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  return ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/**
 * An answer that lasts; no bound is set to how long.
 * @param {string} path
 * @param {{ signal: AbortSignal, lastId?: string | undefined }} options
 */
export async function openStream(path, { signal, lastId }) {
  const headers = { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) };
  const response = await send(path, { signal, headers, cache: 'no-store' });
  if (response.ok) return response;
  throw problemIn(response, await jsonIn(response));
}

/**
 * @param {string} path
 * @param {RequestInit & { headers: Record<string, string> }} init
 */
async function ask(path, init) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  const response = await send(path, { ...init, signal });
  if (!response.ok) throw problemIn(response, await jsonIn(response));
  try {
    return await response.json();
  } catch (error) {
    if (init.signal?.aborted) throw error;
    // It would be taken for an answer in which there is nothing.
    throw new Problem({ title: 'The answer broke off', detail: 'What the gateway sent is not whole.' });
  }
}

/**
 * With the token of who has signed in; where it is not taken, he is signed out.
 * @param {string} path
 * @param {RequestInit & { headers: Record<string, string> }} init
 */
async function send(path, init) {
  const token = keptToken();
  try {
    const response = await fetch(path, { ...init, headers: { ...init.headers, ...headersOf(token) } });
    if (response.status === UNAUTHENTICATED) refuse(token, (await jsonIn(response.clone())).detail ?? '');
    return response;
  } catch (error) {
    if (init.signal?.aborted && init.signal.reason?.name !== 'TimeoutError') throw error;
    const detail = init.signal?.aborted
      ? `It did not answer within ${TIMEOUT_MS / 1_000} seconds.`
      : 'Is it running? The console tries again by itself.';
    throw new Problem({ title: 'The gateway cannot be reached', detail });
  }
}

/** @param {Response} response */
const jsonIn = (response) => response.json().catch(() => ({}));

/** @param {Response} response @param {object} json */
const problemIn = ({ status }, json) =>
  new Problem({ title: `The gateway answered ${status}`, ...json, status });

/**
 * `?a=1&b=x`; what is empty is left out.
 * @param {Record<string, string | number | readonly string[] | undefined>} parameters
 */
export function queryOf(parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== '') query.append(name, String(each));
    }
  }
  const text = query.toString();
  return text && `?${text}`;
}
