/** How far a search is: a line on stderr, renewed on a terminal, and told every ten seconds elsewhere. */
import type { Run } from './simulate.ts';

export interface Progress {
  tell(tally: { readonly seeds: number; readonly sagas: number }): void;
  readonly tellShrinking: (runs: number, best: Run) => void;
  /** Leaves the terminal's line empty. */
  end(): void;
}

const RENEW_MS = 250;
const TELL_MS = 10_000;
const count = (n: number): string => Math.round(n).toLocaleString('en');

/** `limit`: seeds; Infinity: there is none. `untilMs`: by performance.now(). */
export function createProgress(limit: number, untilMs: number): Progress {
  const { stderr } = process;
  const startedMs = performance.now();
  let toldMs = startedMs;

  function write(line: () => string): void {
    const nowMs = performance.now();
    if (nowMs - toldMs < (stderr.isTTY ? RENEW_MS : TELL_MS)) return;
    toldMs = nowMs;
    stderr.write(stderr.isTTY ? `\r\x1b[2K${line()}` : `${line()}\n`);
  }

  return {
    tell({ seeds, sagas }) {
      write(() => {
        const ms = performance.now() - startedMs;
        const of = Number.isFinite(limit) ? ` of ${count(limit)}` : '';
        const leftMs = Math.max(0, Math.min(((limit - seeds) * ms) / seeds, untilMs - performance.now()));
        const rate = `${count(sagas)} sagas, ${count((sagas * 1_000) / ms)} a second`;
        return `${count(seeds)}${of} seeds, ${rate}, none broken, ${count(leftMs / 1_000)} s left`;
      });
    },
    tellShrinking: (runs, { sagas, choices }) =>
      write(() => `shrinking: ${count(runs)} runs, ${sagas} orders and ${choices.size} choices left`),
    end() {
      if (stderr.isTTY) stderr.write('\r\x1b[2K');
    },
  };
}
