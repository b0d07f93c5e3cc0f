/** How often something happens, over the last few seconds: counted in slices of time, the present one left out. */

export interface Rates {
  add(name: string, nowMs: number): void;
  perSecond(name: string, nowMs: number): number;
  total(name: string): number;
}

const SLICE_MS = 500;

/** `nowMs`: a clock that never goes back. */
export function createRates(windowMs: number): Rates {
  const slices = windowMs / SLICE_MS;
  const counted = new Map<string, { total: number; readonly bySlice: Map<number, number> }>();
  const sliceOf = (nowMs: number) => Math.floor(nowMs / SLICE_MS);
  return {
    add(name, nowMs) {
      const slice = sliceOf(nowMs);
      const counts = counted.get(name) ?? { total: 0, bySlice: new Map<number, number>() };
      counted.set(name, counts);
      counts.total += 1;
      counts.bySlice.set(slice, (counts.bySlice.get(slice) ?? 0) + 1);
      for (const old of counts.bySlice.keys()) if (old < slice - slices) counts.bySlice.delete(old);
    },
    perSecond(name, nowMs) {
      const present = sliceOf(nowMs);
      let sum = 0;
      for (const [slice, count] of counted.get(name)?.bySlice ?? []) {
        if (slice < present && slice >= present - slices) sum += count;
      }
      return Math.round((sum * 10_000) / windowMs) / 10;
    },
    total: (name) => counted.get(name)?.total ?? 0,
  };
}
