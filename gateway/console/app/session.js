/**
 * Who has signed in at this console. The token stays in the tab (sessionStorage: it outlives a reload and ends with the tab), and goes
 * nowhere but into the Authorization header of what is asked of the gateway that the page came from.
 */
import { useLayoutEffect, useState } from 'preact/hooks';

/** @import { Access, Caller } from './types.d.ts' */

const KEY = 'orderlog.token';
const CHANGE = 'sessionchange';
/** As HTTP has it; anything else could not be sent. */
const TOKEN = /^[\w.~+/-]+=*$/;

/** What the gateway says of the token; undefined: not asked yet. @type {Caller | undefined} */
let caller;
/** Why one has to sign in again. */
let note = '';

/** Whether callers need a token. */
export const isRequired = () =>
  document.querySelector('meta[name="authentication"]')?.getAttribute('content') === 'token';

export const keptToken = () => sessionStorage.getItem(KEY) ?? '';

/** @param {string} token @returns {Record<string, string>} */
export const headersOf = (token) => (token ? { authorization: `Bearer ${token}` } : {});

/** Keeps a token, with or without `Bearer` before it; false: it is none. @param {string} text */
export function signIn(text) {
  const token = text.trim().replace(/^bearer\s+/i, '');
  if (!TOKEN.test(token)) return false;
  sessionStorage.setItem(KEY, token);
  change('');
  return true;
}

/** Forgets the token. @param {string} [why] where it was not the user who asked for it */
export function signOut(why = '') {
  sessionStorage.removeItem(KEY);
  change(why);
}

/** The gateway does not take a token any more; it may have been replaced meanwhile. @param {string} token @param {string} why */
export function refuse(token, why) {
  if (token !== '' && token === keptToken()) signOut(why);
}

/** @param {string} why */
function change(why) {
  caller = undefined;
  note = why;
  dispatchEvent(new Event(CHANGE));
}

/** @param {Caller} known */
export function knowCaller(known) {
  caller = known;
  return known;
}

export const knownCaller = () => caller;

/** What one may do of an operation of the interface. @param {string} operationId @returns {Access} */
export const mayDo = (operationId) =>
  caller ? (operationOf(operationId)?.access ?? 'none') : isRequired() ? 'none' : 'all';

/** Why one may not do it, for a person; undefined: one may. @param {string} operationId */
export function lackOf(operationId) {
  if (mayDo(operationId) !== 'none') return undefined;
  return `Your token lacks the scope ${operationOf(operationId)?.scopes.join(' or ')}.`;
}

/** @param {string} operationId */
const operationOf = (operationId) => caller?.operations.find((each) => each.operationId === operationId);

/** @returns {{ token: string, note: string }} */
export function useSession() {
  const [session, setSession] = useState(() => ({ token: keptToken(), note }));
  useLayoutEffect(() => {
    const follow = () => setSession({ token: keptToken(), note });
    addEventListener(CHANGE, follow);
    return () => removeEventListener(CHANGE, follow);
  }, []);
  return session;
}
