/**
 * Shows a start as a checklist with timings. On a terminal the lines are live; elsewhere each is printed as it completes,
 * and long steps once and at every quarter.
 */
import type { Progress } from '../servers/types.ts';
import type { Reporter } from './reporter.ts';

export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

interface Line {
  state: 'waiting' | 'busy' | 'done' | 'failed';
  startedAtMs: number;
  text: string;
}

const MARKS = { waiting: '·', busy: '…', done: '✓', failed: '✗' } as const;
const REDRAW_MS = 100;
const NAME_WIDTH = 14;
const QUARTERS = 4;

const seconds = (sinceMs: number): string =>
  `${((performance.now() - sinceMs) / 1000).toFixed(1).padStart(6)} s`;

const format = (name: string, line: Line, time: string): string =>
  `${MARKS[line.state]} ${name.padEnd(NAME_WIDTH)}${time.padStart(8)}  ${line.text}`.trimEnd();

export function createChecklist(screen: Screen, parts: readonly string[]): Reporter & { close(): void } {
  return screen.isTTY ? liveList(screen, parts) : plainList(screen);
}

function plainList(screen: Screen): Reporter & { close(): void } {
  const startedAtMs = new Map<string, number>();
  const told = new Map<string, string>();
  const end = (part: string, state: Line['state'], text: string) => {
    const since = startedAtMs.get(part) ?? performance.now();
    screen.write(`${format(part, { state, startedAtMs: since, text }, seconds(since))}\n`);
  };
  return {
    begin: (part) => startedAtMs.set(part, performance.now()),
    progress(part, progress) {
      const { doneBytes, totalBytes } = progress;
      if (totalBytes === undefined) return;
      const quarter = doneBytes === undefined ? 0 : Math.floor((QUARTERS * doneBytes) / totalBytes);
      const key = `${progress.what} ${quarter}`;
      if (told.get(part) === key) return;
      told.set(part, key);
      screen.write(`${MARKS.busy} ${part.padEnd(NAME_WIDTH)}${' '.repeat(10)}${describe(progress)}\n`);
    },
    done: (part, detail) => end(part, 'done', detail),
    fail: (part) => end(part, 'failed', ''),
    note: (line) => screen.write(`${line}\n`),
    close: () => undefined,
  };
}

function liveList(screen: Screen, parts: readonly string[]): Reporter & { close(): void } {
  const lines = new Map<string, Line>(
    parts.map((part) => [part, { state: 'waiting', startedAtMs: 0, text: '' }]),
  );
  const times = new Map<string, string>();
  const timeOf = (part: string, line: Line) =>
    line.state === 'waiting' ? '' : (times.get(part) ?? seconds(line.startedAtMs));
  const block = blockOf(screen);
  const redraw = () => block.draw([...lines].map(([part, line]) => format(part, line, timeOf(part, line))));
  const timer = setInterval(redraw, REDRAW_MS);
  timer.unref();
  const set = (part: string, state: Line['state'], text: string) => {
    const startedAtMs = lines.get(part)?.startedAtMs || performance.now();
    lines.set(part, { state, startedAtMs, text });
    if (state === 'done' || state === 'failed') times.set(part, seconds(startedAtMs));
    redraw();
  };
  redraw();
  return {
    begin: (part) => set(part, 'busy', ''),
    progress: (part, progress) => set(part, 'busy', describe(progress)),
    done: (part, detail) => set(part, 'done', detail),
    fail: (part) => set(part, 'failed', ''),
    note: (line) => block.above(line),
    close() {
      clearInterval(timer);
      block.close();
    },
  };
}

/** Lines at the end of the screen that are drawn again in place, until they are closed. */
function blockOf(screen: Screen) {
  let drawn: readonly string[] = [];
  let closed = false;
  const erase = () => {
    if (drawn.length > 0) screen.write(`\x1b[${drawn.length}A\x1b[J`);
  };
  const write = (lines: readonly string[]) => {
    for (const line of lines) screen.write(`${line}\n`);
  };
  return {
    draw(lines: readonly string[]) {
      if (closed) return;
      erase();
      // A line that wraps would count as two.
      drawn = lines.map((line) => line.slice(0, (screen.columns ?? 80) - 1));
      write(drawn);
    },
    above(line: string) {
      if (closed) return write([line]);
      erase();
      write([line, ...drawn]);
    },
    close() {
      closed = true;
    },
  };
}

function describe({ what, doneBytes, totalBytes }: Progress): string {
  const mb = (bytes: number) => Math.round(bytes / 1e6);
  if (totalBytes === undefined) return what;
  return doneBytes === undefined
    ? `${what}, ${mb(totalBytes)} MB`
    : `${what}, ${mb(doneBytes)} of ${mb(totalBytes)} MB`;
}
