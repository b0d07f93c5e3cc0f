/**
 * How Node runs a service. Left to itself, its heap grows with the machine: a collector that may have gigabytes lets garbage
 * lie until there are hundreds of megabytes of it. Bounded, it collects sooner (docs/decisions/0029-throughput.md).
 */
export const NODE_FLAGS: readonly string[] = [
  // Of each half of the young generation, in MB.
  '--max-semi-space-size=16',
  // In MB; the full queues of an overloaded service take less.
  '--max-old-space-size=512',
];
