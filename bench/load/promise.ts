/** What a service promises under more than it can do (docs/reliability.md), held against a load. */
import { acceptedOf } from './generate.ts';
import type { LoadResult } from './placeOrders.ts';

/** What may be answered, by gRPC status code. */
export const EXPECTED: Readonly<Record<string, string>> = {
  '0': 'ok',
  '4': 'deadline exceeded',
  '8': 'resource exhausted',
};
/** Of the peak. */
const LEAST_KEPT = 0.8;
/** Of the peak, by the clock: less is hardly more than the service can do. */
const LEAST_OFFERED = 2.5;

/** `peak`: orders accepted, a second. */
export interface Overload {
  readonly result: Pick<LoadResult, 'statuses' | 'offered' | 'seconds'>;
  readonly peak: number;
  /** Calls began by the clock, whatever came of those before. */
  readonly isByClock: boolean;
}

/** What is not as promised, a line each. */
export function brokenBy({ result, peak, isByClock }: Overload): readonly string[] {
  const kept = acceptedOf(result) / result.seconds / peak;
  const offered = result.offered / result.seconds / peak;
  // Not `<`: where nothing was accepted, at the peak neither, they are no numbers.
  const isKept = kept >= LEAST_KEPT;
  const isOverload = !isByClock || offered >= LEAST_OFFERED;
  return [
    ...Object.keys(result.statuses).flatMap((status) =>
      status in EXPECTED ? [] : [`status ${status} was answered`],
    ),
    ...(isKept ? [] : [`${kept.toFixed(2)} of the peak was accepted in time, and not ${LEAST_KEPT}`]),
    ...(isOverload
      ? []
      : [`${offered.toFixed(1)} of the peak was offered by the clock, and not ${LEAST_OFFERED}`]),
  ];
}
