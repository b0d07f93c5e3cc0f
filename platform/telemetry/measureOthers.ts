/** What any process may hold: pools of connections, breakers of calls to others, and a token that it shows them. */
import type { ServiceTokenSource, TokenLife } from '../access/serviceToken.ts';
import { BREAKER_STATES, type BreakerState } from '../breaker.ts';
import type { PoolCounts } from '../database.ts';
import type { Meter } from './meter.ts';
import { breakerMetrics, poolMetrics, tokenMetrics } from './metrics.ts';

/** Pools by their names; all of a process at once. */
export function measurePools(meter: Meter): (pool: string, counts: () => PoolCounts) => void {
  const pools = new Map<string, () => PoolCounts>();
  const each = <T>(read: (pool: string, counts: PoolCounts) => readonly T[]) =>
    [...pools].flatMap(([pool, counts]) => read(pool, counts()));
  meter.gauge(poolMetrics.connections, () =>
    each((pool, { idle, total }) => [
      { labels: { pool, state: 'idle' }, value: idle },
      { labels: { pool, state: 'used' }, value: total - idle },
    ]),
  );
  meter.gauge(poolMetrics.limit, () => each((pool, { max }) => [{ labels: { pool }, value: max }]));
  meter.gauge(poolMetrics.waiting, () => each((pool, { waiting }) => [{ labels: { pool }, value: waiting }]));
  return (pool, counts) => void pools.set(pool, counts);
}

/** Breakers by what is called through them. */
export function measureBreakers(meter: Meter, breakers: Readonly<Record<string, () => BreakerState>>): void {
  meter.gauge(breakerMetrics.state, () =>
    Object.entries(breakers).flatMap(([breaker, state]) => {
      const now = state();
      return BREAKER_STATES.map((each) => ({
        labels: { breaker, state: each },
        value: each === now ? 1 : 0,
      }));
    }),
  );
}

/** Of the token nothing but its times. */
export function measureServiceToken(meter: Meter, { life }: Pick<ServiceTokenSource, 'life'>): void {
  const told = (time: keyof TokenLife) => () => {
    const shown = life();
    return shown ? [{ labels: {}, value: shown[time].getTime() / 1_000 }] : [];
  };
  meter.gauge(tokenMetrics.issued, told('issuedAt'));
  meter.gauge(tokenMetrics.expiry, told('expiresAt'));
}
