/**
 * What the article that Orderlog descends from says ("Go-DDD: Domain Driven Design, SAGA, Event-Sourcing & CQRS", its section
 * 5), as data, and by which measure each claim is judged here. Its words have an order; `more` and `less` say which way the
 * measure has to go as they rise.
 */
import type { ArchitectureName } from '../../../cli/architectures.ts';

/** Its columns, and what they are here. Its SAGA is the improved one of section 3. */
export const COLUMNS = {
  SAGA: 'optimised SAGA',
  'Event Sourcing': 'event sourcing',
  CQRS: 'CQRS',
  'ES + CQRS': 'event sourcing + CQRS',
} as const satisfies Record<string, ArchitectureName>;
export type Column = keyof typeof COLUMNS;
export const COLUMN_NAMES = Object.keys(COLUMNS) as readonly Column[];

export interface Judged {
  /** A measure's key. */
  readonly measure: string;
  readonly rises: 'more' | 'less';
  /** Columns whose word speaks of something else. */
  readonly except?: readonly Column[];
}

export interface Criterion {
  readonly name: string;
  readonly words: Readonly<Record<Column, string>>;
  /** From the least to the most; words in one group are equal. Empty: they have no order. */
  readonly order: readonly (readonly string[])[];
  /** Empty: nothing that is measured here tells. */
  readonly judgedBy: readonly Judged[];
}

const words = (
  saga: string,
  eventSourcing: string,
  cqrs: string,
  both: string,
): Readonly<Record<Column, string>> => ({
  SAGA: saga,
  'Event Sourcing': eventSourcing,
  CQRS: cqrs,
  'ES + CQRS': both,
});

export const CRITERIA: readonly Criterion[] = [
  {
    name: 'complexity',
    words: words('low', 'high', 'medium', 'very high'),
    order: [['low'], ['medium'], ['high'], ['very high']],
    judgedBy: [{ measure: 'processes', rises: 'more' }],
  },
  {
    name: 'write performance',
    words: words('medium', 'low', 'medium', 'medium'),
    order: [['low'], ['medium']],
    judgedBy: [{ measure: 'ended', rises: 'more' }],
  },
  {
    name: 'read performance',
    words: words('medium', 'low', 'very high', 'optimal'),
    order: [['low'], ['medium'], ['very high'], ['optimal']],
    judgedBy: [
      { measure: 'byId.p50', rises: 'less' },
      { measure: 'list.p50', rises: 'less' },
    ],
  },
  {
    name: 'scalability',
    words: words('limited', 'excellent', 'excellent', 'best'),
    order: [['limited'], ['excellent'], ['best']],
    judgedBy: [{ measure: 'writeSideReadCpu', rises: 'less' }],
  },
  {
    name: 'flexibility',
    words: words('limited', 'maximal', 'high', 'maximal'),
    order: [['limited'], ['high'], ['maximal']],
    judgedBy: [{ measure: 'questions', rises: 'more' }],
  },
  {
    name: 'history of changes',
    words: words('none', 'full', 'partial', 'full'),
    order: [['none'], ['partial'], ['full']],
    judgedBy: [{ measure: 'history', rises: 'more' }],
  },
  {
    name: 'consistency',
    words: words('eventual', 'strong', 'strong', 'strong'),
    order: [['eventual'], ['strong']],
    judgedBy: [{ measure: 'firstList', rises: 'more' }],
  },
  {
    name: 'latency',
    words: words('low', 'high', 'low (reads)', 'medium'),
    order: [['low', 'low (reads)'], ['medium'], ['high']],
    judgedBy: [
      { measure: 'toAnswer.p50', rises: 'more', except: ['CQRS'] },
      { measure: 'list.p50', rises: 'more' },
    ],
  },
  {
    name: 'amount of code',
    words: words('minimal', 'large', 'moderate', 'maximal'),
    order: [['minimal'], ['moderate'], ['large'], ['maximal']],
    judgedBy: [{ measure: 'ranLines', rises: 'more' }],
  },
  {
    name: 'use',
    words: words('simple workflows', 'audit, analytics', 'reports', 'complex systems'),
    order: [],
    judgedBy: [],
  },
];
