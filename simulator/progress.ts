/** How far a search is: a line on stderr, renewed on a terminal, and told every ten seconds elsewhere. */
import type { Run } from './simulate.ts';

export interface Tally {
  readonly seeds: number;
  readonly sagas: number;
}

const RENEW_MS = 250;
const TELL_MS = 10_000;
const count = (n: number): string => Math.round(n).toLocaleString('en');

export function createProgress({
  seeds,
  minutes,
}: {
  seeds: number | undefined;
  minutes: number | undefined;
}) {
  const { stderr } = process;
  const startedMs = performance.now();
  const everyMs = stderr.isTTY ? RENEW_MS : TELL_MS;
  let toldMs = startedMs;
  let isOpen = false;

  function write(line: () => string): void {
    const nowMs = performance.now();
    if (nowMs - toldMs < everyMs) return;
    toldMs = nowMs;
    isOpen = stderr.isTTY;
    stderr.write(stderr.isTTY ? `\r\x1b[2K${line()}` : `${line()}\n`);
  }

  return {
    tell({ seeds: done, sagas }: Tally): void {
      write(() => {
        const seconds = (performance.now() - startedMs) / 1_000;
        const of = seeds === undefined ? '' : ` of ${count(seeds)}`;
        const left = Math.min(
          seeds === undefined ? Number.POSITIVE_INFINITY : ((seeds - done) * seconds) / done,
          minutes === undefined ? Number.POSITIVE_INFINITY : minutes * 60 - seconds,
        );
        return `${count(done)}${of} seeds, ${count(sagas)} sagas, ${count(sagas / seconds)} a second, none broken, ${count(Math.max(0, left))} s left`;
      });
    },
    tellShrinking(runs: number, { sagas, choices }: Run): void {
      write(() => `shrinking: ${count(runs)} runs, ${sagas} orders and ${choices.size} choices left`);
    },
    end(): void {
      if (isOpen) stderr.write('\r\x1b[2K');
    },
  };
}
