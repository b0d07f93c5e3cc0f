/**
 * What `ask` comes to; throws the session's reason as soon as that ends, since an answer may never come then. What was asked
 * for may be done or not.
 */
export async function during<T>(session: AbortSignal, ask: () => Promise<T>): Promise<T> {
  session.throwIfAborted();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const onEnd = () => reject(session.reason);
  session.addEventListener('abort', onEnd, { once: true });
  try {
    return await Promise.race([ask(), ended]);
  } finally {
    session.removeEventListener('abort', onEnd);
  }
}
