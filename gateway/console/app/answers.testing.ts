/** A gateway that answers what a test says, to whom asks by `fetch` as a page does. */

/** Returns how to take it away again. */
export function answerFetch(answer: (headers: Headers) => Response): () => void {
  const { fetch } = globalThis;
  const kept = Object.getOwnPropertyDescriptor(globalThis, 'sessionStorage');
  // Nobody has signed in.
  const value = { getItem: () => null };
  Object.defineProperty(globalThis, 'sessionStorage', { configurable: true, value });
  globalThis.fetch = async (_, init) => answer(new Headers(init?.headers));
  return () => {
    globalThis.fetch = fetch;
    if (kept) Object.defineProperty(globalThis, 'sessionStorage', kept);
    else Reflect.deleteProperty(globalThis, 'sessionStorage');
  };
}
