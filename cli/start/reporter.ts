/** What happens while a system starts, runs and stops, told to whoever shows it. */
import type { Progress } from '../servers/types.ts';

export interface Reporter {
  /** A part begins to start. */
  begin(part: string): void;
  progress(part: string, progress: Progress): void;
  /** A part is up; `detail` says what it is. */
  done(part: string, detail: string): void;
  fail(part: string): void;
  /** A line about anything else. */
  note(line: string): void;
}

/** Tells nobody, as tests like it. */
export const silent: Reporter = {
  begin: () => undefined,
  progress: () => undefined,
  done: () => undefined,
  fail: () => undefined,
  note: () => undefined,
};
