/** The gateway's REST routes, asked with bounds; every failure is a Problem, whatever it came of. */

const TIMEOUT_MS = 15_000;

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
 * @param {string} path
 * @param {RequestInit} init
 */
async function ask(path, init) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, { ...init, signal });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    const detail = timeout.aborted
      ? `It did not answer within ${TIMEOUT_MS / 1_000} seconds.`
      : 'Is it running? The console tries again by itself.';
    throw new Problem({ title: 'The gateway cannot be reached', detail });
  }
  const json = await response.json().catch(() => ({}));
  if (response.ok) return json;
  throw new Problem({ title: `The gateway answered ${response.status}`, ...json, status: response.status });
}

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
