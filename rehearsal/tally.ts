/** What clients saw: every request, how long it took, and every one that failed. */
import { type Quantiles, quantilesOf } from '../bench/compare/quantiles.ts';
import { OrderlogError } from '../platform/errors.ts';

export const KINDS = {
  placeByGrpc: 'PlaceOrder, gRPC',
  placeByRest: 'POST /v1/orders',
  getByGrpc: 'GetOrder, gRPC',
  getByRest: 'GET /v1/orders/{id}',
  watchByGrpc: 'WatchOrder, gRPC',
  watchByRest: 'GET /v1/orders/{id}/events',
} as const;
export type Kind = keyof typeof KINDS;

export interface Failure {
  readonly kind: Kind;
  readonly why: string;
  /** When it failed (performance.now()). */
  readonly atMs: number;
}

export interface KindFigures {
  readonly kind: Kind;
  readonly asked: number;
  readonly failed: number;
  /** How often one came back: to a watch whose stream ended, or for what the read model did not have yet. */
  readonly resumed: number;
  /** In ms, of what did not fail; of a watch: until it was told the end. */
  readonly latency: Quantiles | undefined;
}

export interface Tally {
  asked(kind: Kind): void;
  answered(kind: Kind, tookMs: number): void;
  failed(kind: Kind, error: unknown): void;
  resumed(kind: Kind): void;
  readonly failures: readonly Failure[];
  figures(): readonly KindFigures[];
}

export function createTally(): Tally {
  const counts = new Map<Kind, { asked: number; resumed: number; tookMs: number[] }>();
  const failures: Failure[] = [];
  const of = (kind: Kind) => {
    const found = counts.get(kind) ?? { asked: 0, resumed: 0, tookMs: [] };
    counts.set(kind, found);
    return found;
  };
  return {
    asked(kind) {
      of(kind).asked += 1;
    },
    answered: (kind, tookMs) => void of(kind).tookMs.push(tookMs),
    failed(kind, error) {
      failures.push({ kind, why: reasonOf(error), atMs: performance.now() });
    },
    resumed(kind) {
      of(kind).resumed += 1;
    },
    failures,
    figures: () =>
      [...counts].map(([kind, { asked, resumed, tookMs }]) => ({
        kind,
        asked,
        failed: failures.filter((each) => each.kind === kind).length,
        resumed,
        latency: quantilesOf(tookMs),
      })),
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof OrderlogError) return `${error.code} ${error.reason}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
