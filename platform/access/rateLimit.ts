/**
 * How often one caller may ask this process: so many requests in a window of time. A caller is the subject of a token that was
 * right; whoever else asks is his address, of IPv6 the network of 64 bits that a host has to itself.
 *
 * rate-limiter-flexible counts. It is given no duration, for which it would keep a timer a caller: a window is a limiter of its
 * own, and the next one takes its place. So memory is bounded too: a window keeps a bounded number of callers, subjects and
 * addresses apart, and whoever comes beyond them shares one count. Times in ms, of a clock that never steps.
 */
import { isIPv6 } from 'node:net';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { OrderlogError } from '../errors.ts';
import type { Caller } from './caller.ts';

export interface RateRules {
  /** That a caller may make in a window. */
  readonly requests: number;
  readonly windowSeconds: number;
}

/** How a caller stands, this request counted. */
export interface Standing {
  readonly remaining: number;
  /** Until all may be made again. */
  readonly resetMs: number;
  /** Why this one is not let in. */
  readonly refusal: OrderlogError | undefined;
}

export interface RateLimit {
  readonly rules: RateRules;
  /** Counts a request. `caller`: who was let in; undefined: nobody was. */
  count(caller: Caller | undefined, address: string): Promise<Standing>;
}

/** The reason of its refusals. */
export const RATE_LIMITED = 'RATE_LIMITED';
/** Of subjects, and of addresses. */
export const MAX_CALLERS = 10_000;
/** All beyond them; no caller has this name. */
const THE_REST = '';

export function createRateLimit(rules: RateRules, now = () => performance.now()): RateLimit {
  const windowMs = rules.windowSeconds * 1_000;
  const refuse = refusalsOf(rules);
  const open = (endsAtMs: number) => ({
    endsAtMs,
    subjects: counterOf(rules.requests),
    addresses: counterOf(rules.requests),
  });
  let window = open(now() + windowMs);
  return {
    rules,
    async count(caller, address) {
      const nowMs = now();
      if (nowMs >= window.endsAtMs) window = open(nowMs + windowMs);
      const { subjects, addresses, endsAtMs } = window;
      const isKnown = caller?.bearer !== undefined;
      const counted = await (isKnown ? subjects(caller.caller) : addresses(networkOf(address)));
      const resetMs = endsAtMs - nowMs;
      const isOver = counted.consumedPoints > rules.requests;
      return { remaining: counted.remainingPoints, resetMs, refusal: isOver ? refuse(resetMs) : undefined };
    },
  };
}

/** Counts by names; no more than so many of them. */
function counterOf(requests: number): (name: string) => Promise<RateLimiterRes> {
  const limiter = new RateLimiterMemory({ points: requests, duration: 0, keyPrefix: '' });
  const known = new Set<string>();
  const keyOf = (name: string): string => {
    if (known.has(name)) return name;
    if (known.size >= MAX_CALLERS) return THE_REST;
    known.add(name);
    return name;
  };
  // The same as `consume`, which would tell of who is over his limit by a rejection, at twice the cost.
  return (name) => limiter.penalty(keyOf(name));
}

/** What is refused often is made once: all who are told the same second are told by one error. */
function refusalsOf({ requests, windowSeconds }: RateRules): (resetMs: number) => OrderlogError {
  let told: OrderlogError | undefined;
  return (resetMs) => {
    const seconds = Math.max(1, Math.ceil(resetMs / 1_000));
    const retryAfterMs = seconds * 1_000;
    if (told?.retryAfterMs === retryAfterMs) return told;
    const message = `more than ${requests} requests of this caller in ${windowSeconds} s: repeat in ${seconds} s, and ask less often`;
    told = new OrderlogError('RESOURCE_EXHAUSTED', RATE_LIMITED, message, { retryAfterMs });
    return told;
  };
}

const MAPPED = '::ffff:';

/** What one host has of the addresses: 203.0.113.7, or 2001:db8:0:7::/64. */
export function networkOf(address: string): string {
  if (address.toLowerCase().startsWith(MAPPED)) return address.slice(MAPPED.length);
  if (!isIPv6(address)) return address;
  const [before = '', after] = address.split('::');
  const first = before === '' ? [] : before.split(':');
  const last = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array<string>(Math.max(0, zeros)).fill('0'), ...last];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
