/**
 * How long a command that comes now will wait in its queue: the commands before it, at the rate at which they were taken
 * lately. An estimate for refusing at once what could not be answered in time; it is never relied on for more.
 */

export interface WaitEstimate {
  /** A flush of so many commands has ended, so long after the one before it, or after it began if it was alone. */
  note(commands: number, tookMs: number): void;
  /** With so many commands before it, in ms; 0 as long as nothing is known. */
  ms(before: number): number;
}

/** Of each flush in the mean: old rates are forgotten within some ten flushes. */
const WEIGHT = 0.2;

export function createWaitEstimate(): WaitEstimate {
  let msPerCommand = 0;
  return {
    note(commands, tookMs) {
      if (commands === 0) return;
      const latest = tookMs / commands;
      msPerCommand = msPerCommand === 0 ? latest : msPerCommand + WEIGHT * (latest - msPerCommand);
    },
    ms: (before) => before * msPerCommand,
  };
}
