/** How code that does the work lets itself be watched, without knowing by whom: metrics and spans stand on the other side. */

/** How a piece of work ended. */
export type Ended<R> = { readonly result: R } | { readonly error: unknown };

/** Told of a piece of work before it is begun; what it gives is told how that ended. Must not throw. */
export type Observe<W, R = void> = (work: W) => (ended: Ended<R>) => void;

/** Runs it, watched. Throws what it throws. */
export async function observed<W, R>(
  observe: Observe<W, R> | undefined,
  work: W,
  run: () => Promise<R>,
): Promise<R> {
  if (!observe) return run();
  const end = observe(work);
  try {
    const result = await run();
    end({ result });
    return result;
  } catch (error) {
    end({ error });
    throw error;
  }
}

/** Several that watch the same. */
export const both =
  <W, R>(one: Observe<W, R>, other: Observe<W, R>): Observe<W, R> =>
  (work) => {
    const [endOne, endOther] = [one(work), other(work)];
    return (ended) => {
      endOne(ended);
      endOther(ended);
    };
  };
