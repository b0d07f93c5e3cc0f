/** The full queues of an overloaded service take less. */
const HEAP_MB = 512;

/**
 * How Node runs a service. Left to itself, its heap grows with the machine: a collector that may have gigabytes lets garbage
 * lie until there are hundreds of megabytes of it. Bounded and nothing else, it lets so little lie that a third of what Node
 * does under load is the collector's (docs/decisions/0036-the-collector.md).
 */
export const nodeFlags = (heapMb = HEAP_MB): readonly string[] => [
  // Of each half of the young generation, in MB: what an order leaves is to be garbage before it has grown old.
  '--max-semi-space-size=32',
  `--max-old-space-size=${heapMb}`,
  // The old generation may be twice what was alive in it. V8 would let it be 1.4 times that with such a bound.
  '--heap-growing-percent=100',
];

export const NODE_FLAGS: readonly string[] = nodeFlags();

/** glibc keeps up to eight heaps a core for threads, and gives little of them back. */
export const NODE_ENVIRONMENT: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' };
