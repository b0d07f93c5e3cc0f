/** A bar with counts and rate, drawn again in place; elsewhere than on a terminal, a line at each quarter. */
import type { OnProgress } from '../../platform/recovery/survey.ts';
import type { Screen } from '../start/checklist.ts';

const WIDTH = 24;
const REDRAW_MS = 100;
const QUARTERS = 4;

export interface Bar {
  readonly onProgress: OnProgress;
  end(): void;
}

export function startBar(screen: Screen, what: string): Bar {
  const startedMs = performance.now();
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  let quarter = -1;
  const text = (done: number, total: number) => {
    const share = total > 0 ? done / total : 1;
    const full = Math.round(WIDTH * share);
    const rate = Math.round((1_000 * done) / Math.max(1, performance.now() - startedMs));
    const percent = `${Math.floor(100 * share)} %`.padStart(5);
    return `${what} [${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${percent}  ${done} of ${total}  ${rate}/s`;
  };
  return {
    onProgress(done, total) {
      if (screen.isTTY) {
        if (done < total && performance.now() - drawnAtMs < REDRAW_MS) return;
        drawnAtMs = performance.now();
        screen.write(`\r\x1b[K${text(done, total).slice(0, (screen.columns ?? 80) - 1)}`);
        return;
      }
      const reached = total > 0 ? Math.floor((QUARTERS * done) / total) : QUARTERS;
      if (reached === quarter) return;
      quarter = reached;
      screen.write(`${text(done, total)}\n`);
    },
    end() {
      if (screen.isTTY && Number.isFinite(drawnAtMs)) screen.write('\n');
    },
  };
}
