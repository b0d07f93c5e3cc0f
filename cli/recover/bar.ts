/** A bar with counts, rate and time left, drawn again in place; elsewhere than on a terminal, a line at each quarter. */
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
  /** What had been done before, where it goes on from there. */
  let first: number | undefined;
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  let quarter = -1;
  const text = (done: number, total: number) => {
    const share = total > 0 ? done / total : 1;
    const full = Math.round(WIDTH * share);
    const percent = `${Math.floor(100 * share)} %`.padStart(5);
    const bar = `${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}`;
    const pace = paceText(done - (first ?? done), total - done, performance.now() - startedMs);
    return `${what} [${bar}] ${percent}  ${done} of ${total}  ${pace}`;
  };
  return {
    onProgress(done, planned) {
      first ??= done;
      // What is counted may grow meanwhile.
      const total = Math.max(done, planned);
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

/** `1200/s, 0:45 left` */
function paceText(done: number, left: number, tookMs: number): string {
  const perSecond = (1_000 * done) / Math.max(1, tookMs);
  const rate = `${Math.round(perSecond)}/s`;
  if (left <= 0 || perSecond <= 0) return rate;
  const seconds = Math.ceil(left / perSecond);
  return `${rate}, ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left`;
}
