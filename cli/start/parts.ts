/** The parts of a system and what each needs: started in that order, side by side where it allows, stopped in reverse. */

export interface Part {
  readonly name: string;
  /** Names of other parts; those that are not there count as up. */
  readonly needs: readonly string[];
  start(): Promise<void>;
  /** Called too where the start failed, or never began. */
  stop(): Promise<void>;
}

/**
 * Starts each part as soon as all that it needs is up. When one fails, `onFailure` is told, which has to make the others
 * give up; throws the first failure, once all have settled.
 */
export async function startParts(parts: readonly Part[], onFailure: (part: Part) => void): Promise<void> {
  let failure: { error: unknown } | undefined;
  const startOne = async (part: Part) => {
    if (failure) return;
    try {
      await part.start();
    } catch (error) {
      if (failure) return;
      failure = { error };
      onFailure(part);
    }
  };
  await inOrder(parts, (part) => part.needs, startOne);
  if (failure) throw failure.error;
}

/** Stops each part as soon as all that need it are stopped. All are tried; throws the first failure. */
export async function stopParts(parts: readonly Part[]): Promise<void> {
  const neededBy = ({ name }: Part) =>
    parts.filter(({ needs }) => needs.includes(name)).map((part) => part.name);
  let failure: { error: unknown } | undefined;
  await inOrder(parts, neededBy, async (part) => {
    await part.stop().catch((error: unknown) => {
      failure ??= { error };
    });
  });
  if (failure) throw failure.error;
}

/** Does each once those before it are done. `work` does not throw. */
async function inOrder(
  parts: readonly Part[],
  before: (part: Part) => readonly string[],
  work: (part: Part) => Promise<void>,
): Promise<void> {
  const done = new Map<string, Promise<void>>();
  const doOne = (part: Part, path: readonly string[]): Promise<void> => {
    if (path.includes(part.name))
      throw new Error(`parts need one another: ${[...path, part.name].join(', ')}`);
    const known = done.get(part.name);
    if (known) return known;
    const earlier = parts.filter(({ name }) => before(part).includes(name));
    const all = Promise.all(earlier.map((each) => doOne(each, [...path, part.name]))).then(() => work(part));
    done.set(part.name, all);
    return all;
  };
  await Promise.all(parts.map((part) => doOne(part, [])));
}
