/** Which quantiles mean something. Pure. */
import type { Quantiles } from '../compare/quantiles.ts';

/** Of fewer, hardly more than the slowest is above it. */
const ENOUGH: Readonly<Partial<Record<keyof Quantiles, number>>> = { p90: 50, p95: 100, p99: 500 };

export const isTold = (quantiles: Quantiles | undefined, quantile: keyof Quantiles): quantiles is Quantiles =>
  quantiles !== undefined && quantiles.count >= (ENOUGH[quantile] ?? 1);
