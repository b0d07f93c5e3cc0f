/** Each stage of Orderlog alone, beside its own limit: what the servers under it take by themselves. */
import type { Comparison } from '../bench/measure.ts';

export const STAGES: readonly Comparison[] = [];
