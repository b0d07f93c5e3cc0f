/**
 * What `npm test` prints: the report of each file in one piece when it has ended, the failures in full at the end, and
 * then how many tests passed and failed.
 */
import type { Listener } from './pool.ts';

export interface Report extends Listener {
  /** Says what is under way, if nothing was printed since it was last asked. */
  stillRunning(): void;
  /** The failures, and the closing line. */
  close(steps: { readonly passed: number; readonly failed: number }): { readonly failed: number };
}

export interface ReportOptions {
  /** How many files will be run. */
  readonly files: number;
  /** One file runs at a time: each line is printed when it comes. */
  readonly live: boolean;
  readonly write: (text: string) => void;
  readonly nowMs?: () => number;
}

export function createReport({ files, live, write, nowMs = () => performance.now() }: ReportOptions): Report {
  const startMs = nowMs();
  const running = new Map<string, { readonly sinceMs: number; readonly lines: string[] }>();
  const failures: string[] = [];
  const took: { readonly file: string; readonly ms: number }[] = [];
  let [passed, failed, hasPrinted] = [0, 0, false];
  const print = (line: string) => {
    hasPrinted = true;
    write(`${line}\n`);
  };
  return {
    begun(file) {
      running.set(file, { sinceMs: nowMs(), lines: [] });
      if (live) print(`[${took.length + 1}/${files}] ${file}`);
    },
    line(file, line) {
      const known = running.get(file);
      // The report of a file begins with empty lines.
      if (line.trim() === '' && known?.lines.length === 0) return;
      known?.lines.push(line);
      if (live || !known) print(line);
    },
    ended(file, ran) {
      const { sinceMs, lines } = running.get(file) ?? { sinceMs: nowMs(), lines: [] };
      running.delete(file);
      took.push({ file, ms: nowMs() - sinceMs });
      passed += ran.passes;
      failed += ran.failures;
      if (ran.failures > 0) failures.push(`FAILED ${file}\n${ran.failed}`);
      if (!live)
        print([`[${took.length}/${files}] ${file} (${seconds(nowMs() - sinceMs)})`, ...lines].join('\n'));
      if (ran.failures > 0) print(`${ran.failures} FAILED: ${file}\n${ran.failed}\n`);
    },
    stillRunning() {
      if (!hasPrinted) {
        const states = [...running].map(
          ([file, { sinceMs, lines }]) =>
            `${file} (${seconds(nowMs() - sinceMs)}) ${lines.at(-1)?.trim() ?? ''}`,
        );
        print(`running: ${states.join('; ')}`);
        return;
      }
      hasPrinted = false;
    },
    close(steps) {
      for (const failure of failures) print(`\n${failure}`);
      const longest = took.toSorted((a, b) => b.ms - a.ms).slice(0, LONGEST);
      print(
        `\n${seconds(nowMs() - startMs)}; the longest: ${longest.map(({ file, ms }) => `${file} ${seconds(ms)}`).join(', ')}`,
      );
      failed += steps.failed;
      print(`\n${passed + steps.passed} passed, ${failed} failed`);
      return { failed };
    },
  };
}

const LONGEST = 5;
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
