/** How far an audit is, in one line. */
import type { Screen } from '../start/checklist.ts';
import type { Observer } from './engine.ts';

const BAR_WIDTH = 24;
const REDRAW_MS = 100;

/** Drawn again in place. On anything but a terminal nothing is drawn. */
export function progressLine(screen: Screen): Observer & { close(): void } {
  const draw = (text: string) => {
    if (screen.isTTY) screen.write(`\r\x1b[K${text.slice(0, (screen.columns ?? 80) - 1)}`);
  };
  return { ...saying(draw, REDRAW_MS), close: () => draw('') };
}

/** Says each of its parts, and how far that is, no more often than that. */
export function saying(say: (line: string) => void, everyMs: number): Observer {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  const tell = (line: string) => {
    saidAtMs = performance.now();
    say(line);
  };
  return {
    waiting: (what) => tell(`waiting until it is quiet: ${what}`),
    begin: ({ name }) => tell(bar(name, 0, 1)),
    progress({ name }, done, total) {
      if (performance.now() - saidAtMs >= everyMs) tell(bar(name, done, total));
    },
    done: () => undefined,
    skipped: () => undefined,
    again: (suspects) => tell(`${suspects} suspected: looking again`),
  };
}

function bar(name: string, done: number, total: number): string {
  const share = total > 0 ? Math.min(1, done / total) : 1;
  const full = Math.round(BAR_WIDTH * share);
  const percent = `${Math.floor(100 * share)} %`.padStart(5);
  const count = total > 1 ? `  ${done} of ${total}` : '';
  return `${name.padEnd(12)} [${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${percent}${count}`;
}
