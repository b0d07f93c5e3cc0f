/** A stage and its limit, put together on servers that both of them use, one after the other. */
import type { Measurement } from '../bench/measure.ts';

type Open = Omit<Measurement, 'close'>;

/** What is to be ended, the last one first. */
export interface Ending {
  defer(end: () => Promise<unknown> | unknown): void;
}

/** Ends what was begun when one of the two is closed, or at once if `begin` fails. */
export async function prepared(
  begin: (ending: Ending) => Promise<{ readonly subject: Open; readonly reference: Open }>,
): Promise<{ readonly subject: Measurement; readonly reference: Measurement }> {
  const stack = new AsyncDisposableStack();
  const ending: Ending = {
    defer: (end) =>
      stack.defer(async () => {
        await end();
      }),
  };
  const close = () => stack.disposeAsync();
  try {
    const { subject, reference } = await begin(ending);
    return { subject: { ...subject, close }, reference: { ...reference, close } };
  } catch (error) {
    await close();
    throw error;
  }
}
