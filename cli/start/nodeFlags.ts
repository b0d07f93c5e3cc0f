/** The full queues of an overloaded service take less. */
const HEAP_MB = 512;

/**
 * How Node runs a service. Left to itself, its heap grows with the machine: a collector that may have gigabytes lets garbage
 * lie until there are hundreds of megabytes of it. Bounded, it collects sooner (docs/decisions/0029-throughput.md).
 */
export const nodeFlags = (heapMb = HEAP_MB): readonly string[] => [
  // Of each half of the young generation, in MB.
  '--max-semi-space-size=16',
  `--max-old-space-size=${heapMb}`,
];

export const NODE_FLAGS: readonly string[] = nodeFlags();
