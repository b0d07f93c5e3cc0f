/** Several streams as one, by time: each keeps its own order, and of each no more than a chunk is held. */

interface Head<T> {
  readonly chunks: AsyncIterator<readonly T[]>;
  chunk: readonly T[];
  at: number;
}

export async function* mergeByTime<T extends { readonly time: Date }>(
  sources: readonly AsyncIterable<readonly T[]>[],
): AsyncGenerator<T> {
  const heads: Head<T>[] = sources.map((source) => ({
    chunks: source[Symbol.asyncIterator](),
    chunk: [],
    at: 0,
  }));
  try {
    for (;;) {
      const next = earliest(await Promise.all(heads.map(headOf)));
      const head = next === undefined ? undefined : heads[next];
      if (!head) return;
      yield head.chunk[head.at] as T;
      head.at += 1;
    }
  } finally {
    for (const { chunks } of heads) await chunks.return?.();
  }
}

/** undefined: there is no more of it. */
async function headOf<T>(head: Head<T>): Promise<T | undefined> {
  while (head.at >= head.chunk.length) {
    const { done, value } = await head.chunks.next();
    if (done) return undefined;
    head.chunk = value;
    head.at = 0;
  }
  return head.chunk[head.at];
}

/** The first among equals. */
function earliest(heads: readonly ({ readonly time: Date } | undefined)[]): number | undefined {
  let found: number | undefined;
  for (const [index, head] of heads.entries()) {
    const best = found === undefined ? undefined : heads[found];
    if (head && (!best || head.time < best.time)) found = index;
  }
  return found;
}
