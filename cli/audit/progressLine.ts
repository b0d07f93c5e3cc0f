/** How far an audit is, in one line that is drawn again in place. On anything but a terminal nothing is drawn. */
import type { Screen } from '../start/checklist.ts';
import type { Observer } from './engine.ts';

const BAR_WIDTH = 24;
const REDRAW_MS = 100;

export function progressLine(screen: Screen): Observer & { close(): void } {
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  const draw = (text: string) => {
    if (!screen.isTTY) return;
    drawnAtMs = performance.now();
    screen.write(`\r\x1b[K${text.slice(0, (screen.columns ?? 80) - 1)}`);
  };
  return {
    waiting: (what) => draw(`waiting until it is quiet: ${what}`),
    begin: ({ name }) => draw(bar(name, 0, 1)),
    progress({ name }, done, total) {
      if (performance.now() - drawnAtMs >= REDRAW_MS) draw(bar(name, done, total));
    },
    done: () => undefined,
    skipped: () => undefined,
    again: (suspects) => draw(`${suspects} suspected: looking again`),
    close: () => draw(''),
  };
}

function bar(name: string, done: number, total: number): string {
  const share = total > 0 ? Math.min(1, done / total) : 1;
  const full = Math.round(BAR_WIDTH * share);
  const percent = `${Math.floor(100 * share)} %`.padStart(5);
  const count = total > 1 ? `  ${done} of ${total}` : '';
  return `${name.padEnd(12)} [${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${percent}${count}`;
}
