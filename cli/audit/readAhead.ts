/** Has the next page read while the one before is looked at: the databases work while the audit does. */
export async function* readAhead<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
  const reading = pages[Symbol.asyncIterator]();
  const read = () => {
    const page = reading.next();
    // Met when its turn comes.
    page.catch(() => undefined);
    return page;
  };
  let next = read();
  try {
    for (;;) {
      const page = await next;
      if (page.done) return;
      next = read();
      yield page.value;
    }
  } finally {
    // Nothing is under way when the snapshots are closed.
    await next.catch(() => undefined);
    await reading.return?.();
  }
}
