/** The plots of a section. Pure. */

import { median } from '../../compare/quantiles.ts';
import type { Block } from '../../compare/report/blocks.ts';
import { number } from '../../compare/report/figure.ts';
import { ranges, stackedBars } from '../../compare/report/plots.ts';
import { LATENCY_KINDS, type Latency, type LatencyKind, type Section, type Series } from '../figures.ts';
import { isTold } from '../toldQuantiles.ts';

type Plot = Extract<Block, { kind: 'plot' }>;

const plot = (file: string, title: string, svg: string): Plot => ({
  kind: 'plot',
  file: `performance/${file}.svg`,
  title,
  svg,
});

export function plotsOf({ id, series, latencies, growth, processes }: Section): readonly Plot[] {
  return [
    ...(series.length > 0 && id !== 'stages' ? [rates(id, series)] : []),
    ...(latencies ? [latency(latencies)] : []),
    ...(growth
      ? [
          rates(
            id,
            growth.map(({ orders, rates }) => ({
              name: `${number(orders)} behind it`,
              unit: 'orders/s',
              rates,
              detail: {},
            })),
          ),
        ]
      : []),
    ...(processes
      ? [
          plot(
            'cpu',
            'CPU an order, by process',
            stackedBars(
              {
                title: 'CPU an order, by process',
                unit: 'ms',
                legend: [],
                labels: processes.map(({ name }) => name),
              },
              processes.map(({ cpuMsPerOrder }) => ({ parts: [cpuMsPerOrder] })),
            ),
          ),
        ]
      : []),
  ];
}

/** Where all are of one unit or nearly so; stages are each of their own. */
function rates(file: string, series: readonly Series[]): Plot {
  const title = 'A second: the median of the rounds, and from the lowest to the highest';
  const unit = [...new Set(series.map((each) => each.unit))].join(', ');
  const rows = series.map(({ rates }) => ({
    parts: [median(rates)],
    spread: { min: Math.min(...rates), max: Math.max(...rates) },
  }));
  return plot(
    file,
    title,
    stackedBars({ title, unit, legend: [], labels: series.map(({ name }) => name) }, rows),
  );
}

function latency(latencies: readonly Latency[]): Plot {
  const title = 'From when an order was due: from the median to the 99th percentile';
  const kinds = Object.keys(LATENCY_KINDS) as LatencyKind[];
  const rows = latencies.map(({ times }) =>
    kinds.map((kind) => {
      const time = times[kind];
      return isTold(time, 'p99') ? { from: time.p50, to: time.p99 } : undefined;
    }),
  );
  const labels = latencies.map(({ load, perSecond }) => `${number(load * 100)} %: ${number(perSecond)}/s`);
  return plot(
    'latency',
    title,
    ranges({ title, unit: 'ms', legend: Object.values(LATENCY_KINDS), labels }, rows),
  );
}
