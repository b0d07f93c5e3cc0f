/** What a turn has left behind, counted when its time is over: a rate of what was not done would tell nothing. */

export type Counts = Readonly<Record<string, number | bigint>>;

/** Throws, with all that is otherwise. `of`: whose they are; undefined: nobody could tell. */
export function assertCounts(
  of: string,
  found: Counts | undefined,
  expected: Readonly<Record<string, number>>,
): void {
  const wrong = Object.entries(expected).flatMap(([what, count]) => {
    const there = found?.[what];
    return there !== undefined && Number(there) === count
      ? []
      : [`${what}: ${there ?? 'unknown'} instead of ${count}`];
  });
  if (wrong.length > 0) throw new Error(`${of} left behind ${wrong.join(', ')}`);
}
