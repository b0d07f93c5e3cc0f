/** Who calls, and what of. */

/** What a token that was checked says. */
export interface Identity {
  /** 1 to 255 printable characters. */
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
  readonly expiresAt: Date;
}

/** As handlers, and those whom they ask, know him. */
export interface Caller {
  /** The token's subject; `anonymous` where calls are not authenticated. */
  readonly caller: string;
  /** Whose things alone the call may be about; undefined: anybody's. */
  readonly owner: string | undefined;
  /** The token, for services that are asked on the caller's behalf. Never logged. */
  readonly bearer: string | undefined;
  /** What the token grants; undefined: there is none, and everything is granted. */
  readonly scopes: ReadonlySet<string> | undefined;
  /** Until when the token grants anything; undefined: there is none. */
  readonly expiresAt: Date | undefined;
}

/** Where calls are not authenticated: on this machine, by whoever is on it; or of what is open. */
export const ANYBODY: Caller = {
  caller: 'anonymous',
  owner: undefined,
  bearer: undefined,
  scopes: undefined,
  expiresAt: undefined,
};
