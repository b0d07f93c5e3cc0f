/** The tables of the page. Pure. */

import { median, type Quantiles } from '../../compare/quantiles.ts';
import type { Block } from '../../compare/report/blocks.ts';
import { figureText, number } from '../../compare/report/figure.ts';
import {
  type Audit,
  type Goal,
  type Growth,
  LATENCY_KINDS,
  type Latency,
  type LatencyKind,
  type Performance,
  type ProcessFigures,
  type Series,
} from '../figures.ts';
import { isTold } from '../toldQuantiles.ts';
import { isMet } from '../turns.ts';

type Table = Extract<Block, { kind: 'table' }>;

/** Of rounds: `12.3 (11.9 to 12.8)`. */
export const spreadText = (values: readonly number[]): string =>
  figureText(
    values.length === 0
      ? undefined
      : { median: median(values), min: Math.min(...values), max: Math.max(...values) },
  );

function targetText({ atLeast, below, least, unit }: Goal): string {
  const of = (value: number) => `${number(value)}${unit ? ` ${unit}` : ''}`;
  if (atLeast !== undefined)
    return `at least ${of(atLeast)}${least === undefined ? '' : ` (${of(least)} is the least worth showing)`}`;
  return below === undefined ? '–' : `below ${of(below)}`;
}

function metText(goal: Goal): string {
  const met = isMet(goal);
  if (met === undefined) return '–';
  if (met) return '✓';
  return goal.least !== undefined && median(goal.values) >= goal.least ? '(✓)' : '✗';
}

const goalRow = (goal: Goal): readonly string[] => [
  goal.name,
  `${spreadText(goal.values)}${goal.unit ? ` ${goal.unit}` : ''}`,
  targetText(goal),
  metText(goal),
];

export const goalsTable = (goals: readonly Goal[]): Table => ({
  kind: 'table',
  head: ['ratio', 'measured', 'target', 'met'],
  rows: goals.map(goalRow),
});

/** Those of all sections that have a target. Sections may be of several runs. */
export const targetsTable = ({ sections }: Performance): Table => ({
  kind: 'table',
  head: ['section', 'ratio', 'measured', 'target', 'met', 'when', 'revision'],
  rows: sections.flatMap(({ id, goals, time, revision }) =>
    goals
      .filter((goal) => isMet(goal) !== undefined)
      .map((goal) => [id, ...goalRow(goal), time.slice(0, 'yyyy-mm-ddThh:mm'.length), revision ?? '–']),
  ),
});

/** More of them are a plot's matter. */
const MOST_ROUNDS = 10;

export const seriesTable = (series: readonly Series[]): Table => ({
  kind: 'table',
  head: ['', 'median (lowest to highest)', 'unit', 'round by round', 'last turn'],
  rows: series.map(({ name, unit, rates, detail }) => [
    name,
    spreadText(rates),
    unit,
    rates.length > MOST_ROUNDS ? '–' : rates.map(number).join(', '),
    detailText(detail),
  ]),
});

const detailText = (detail: Series['detail']): string =>
  Object.entries(detail)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? number(value) : value}`)
    .join(', ');

export const processTable = (processes: readonly ProcessFigures[]): Table => ({
  kind: 'table',
  head: ['process', 'CPU an order, ms', 'memory at its most, MB'],
  firstNumber: 1,
  rows: [
    ...processes.map(({ name, cpuMsPerOrder, memoryMb }) => [
      name,
      number(cpuMsPerOrder),
      memoryMb === undefined ? '–' : number(memoryMb),
    ]),
    ['together', number(processes.reduce((sum, { cpuMsPerOrder }) => sum + cpuMsPerOrder, 0)), '–'],
  ],
});

const QUANTILES = ['p50', 'p90', 'p99', 'max'] as const satisfies readonly (keyof Quantiles)[];

const quantileText = (time: Quantiles | undefined, quantile: (typeof QUANTILES)[number]): string =>
  isTold(time, quantile) ? number(time[quantile]) : '–';

export const latencyTable = (latencies: readonly Latency[]): Table => ({
  kind: 'table',
  head: ['load', 'from when an order was due, ms', 'orders', ...QUANTILES],
  firstNumber: 2,
  rows: latencies.flatMap(({ load, perSecond, refused, times }) =>
    Object.entries(LATENCY_KINDS).map(([kind, name]) => {
      const time = times[kind as LatencyKind];
      return [
        `${number(load * 100)} %: ${number(perSecond)}/s${refused > 0 ? `, ${number(refused)} not accepted in time` : ''}`,
        name,
        time ? number(time.count) : '–',
        ...QUANTILES.map((quantile) => quantileText(time, quantile)),
      ];
    }),
  ),
});

export const growthTable = (growth: readonly Growth[]): Table => ({
  kind: 'table',
  head: [
    'orders behind it',
    'orders/s',
    'five statements, transactions/s',
    'CPU an order, ms',
    'memory of services at its most, MB',
  ],
  rows: growth.map(({ orders, rates, reference, cpuMsPerOrder, memoryMb }) => [
    number(orders),
    spreadText(rates),
    spreadText(reference),
    number(cpuMsPerOrder),
    Object.entries(memoryMb)
      .map(([name, mb]) => `${name} ${number(mb)}`)
      .join(', '),
  ]),
});

export function auditText(audits: readonly Audit[]): string {
  const each = audits.map(({ of, orders, checked, skipped }) => {
    const left = Object.keys(skipped);
    return `${of}: ${number(orders)} orders, ${checked.length} invariants${left.length > 0 ? ` (not checked: ${left.join(', ')})` : ''}`;
  });
  return `Audited after it, and nothing was broken: ${each.join('; ')}.`;
}
