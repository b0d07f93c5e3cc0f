/** What a check found: of which part, whether it is well, and what to do about it if it is not. */

export type Level = 'ok' | 'warn' | 'fail';

export interface Finding {
  readonly part: string;
  readonly check: string;
  readonly level: Level;
  /** What was found, in a few words. */
  readonly found: string;
  /** What to do; always there unless all is well. */
  readonly advice?: string;
}

/** The findings of one part, by what was checked. */
export const findingsOf = (part: string) => ({
  ok: (check: string, found: string): Finding => ({ part, check, level: 'ok', found }),
  warn: (check: string, found: string, advice: string): Finding => ({
    part,
    check,
    level: 'warn',
    found,
    advice,
  }),
  fail: (check: string, found: string, advice: string): Finding => ({
    part,
    check,
    level: 'fail',
    found,
    advice,
  }),
});

/** What was asked, or why there is no answer. */
export type Asked<T> = { readonly facts: T } | { readonly unreachable: string };

export const isReached = <T>(asked: Asked<T>): asked is { readonly facts: T } => 'facts' in asked;
