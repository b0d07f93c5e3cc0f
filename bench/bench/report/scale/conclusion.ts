/** What the clusters come to, in sentences that follow from their figures. Pure. */
import { PARTITIONS } from '../../../../platform/ids.ts';
import { number } from '../../../compare/report/figure.ts';
import * as given from './assumptions.ts';
import { type Cluster, perMillion, totalOf } from './reckon.ts';
import { percent, perSecond } from './words.ts';

type Part = keyof Cluster['dollarsPerMonth'];
const PARTS = ['cores', 'disks', 'network'] as const satisfies readonly Part[];

/** From the first to the last of them. */
export function conclusion(clusters: readonly Cluster[]): readonly string[] {
  const [first, last] = [clusters[0], clusters.at(-1)];
  if (!first || !last) return [];
  return [
    ...trend(first, last),
    `The work fills ${percent(first.filled)} of the cores at ${rateOf(first)}, and ${percent(last.filled)} at ${rateOf(last)}.`,
    largestParts(first, last),
    cellsText(last),
  ];
}

const rateOf = ({ ordersPerSecond }: Cluster): string => perSecond(ordersPerSecond);
const priceOf = (cluster: Cluster, part: Part): number => perMillion(cluster, cluster.dollarsPerMonth[part]);
const together = (cluster: Cluster): number => perMillion(cluster, totalOf(cluster.dollarsPerMonth));

function trend(first: Cluster, last: Cluster): readonly string[] {
  const [from, to] = [together(first), together(last)];
  // What is written alike is no difference: figures tell no more.
  if (number(from) === number(to))
    return [
      `A million orders cost the same at ${rateOf(first)} and at ${rateOf(last)}: ${number(from)} dollars.`,
    ];
  const sign = Math.sign(from - to);
  const changeOf = (part: Part) => sign * (priceOf(first, part) - priceOf(last, part));
  const part = PARTS.toSorted((a, b) => changeOf(b) - changeOf(a))[0] ?? PARTS[0];
  return [
    `The price of a million orders ${to < from ? 'falls' : 'rises'} from ${number(from)} dollars at ${rateOf(first)} to ${number(to)} at ${rateOf(last)}.`,
    `Of that, what changes most is ${part}: from ${number(priceOf(first, part))} to ${number(priceOf(last, part))}.`,
  ];
}

function largestParts(first: Cluster, last: Cluster): string {
  const [small, large] = [largestOf(first.dollarsPerMonth), largestOf(last.dollarsPerMonth)];
  const told =
    small.name === large.name
      ? `The largest part of the price is ${large.name}, ${percent(small.share)} at ${rateOf(first)} and ${percent(large.share)} at ${rateOf(last)}`
      : `The largest part of the price is ${small.name} at ${rateOf(first)} (${percent(small.share)}), and ${large.name} at ${rateOf(last)} (${percent(large.share)})`;
  return `${told}${within(last, large.name)}.`;
}

const OWNERS: Readonly<Record<string, string>> = {
  services: 'the services',
  postgres: 'PostgreSQL',
  nats: 'NATS',
  elasticsearch: 'Elasticsearch',
  log: 'the log',
  databases: 'the databases',
  index: 'the index',
};

/** Who has most of the largest part. */
function within({ cores, diskBytesPerDay }: Cluster, part: string): string {
  const owned: Readonly<Record<string, Readonly<Record<string, number>>>> = { cores, disks: diskBytesPerDay };
  const owners = owned[part];
  if (!owners) return '';
  const { name, share } = largestOf(owners);
  return `, and ${OWNERS[name]} has the most of these (${percent(share)})`;
}

function largestOf(parts: Readonly<Record<string, number>>) {
  const [name = '', value = 0] = Object.entries(parts).toSorted(([, a], [, b]) => b - a)[0] ?? [];
  return { name, share: value / totalOf(parts) };
}

function cellsText({ ordersPerSecond, cells, cellOrdersPerSecond }: Cluster): string {
  const at = `At ${perSecond(ordersPerSecond)}`;
  if (cells === 1) return `${at} one cell does all the work.`;
  const most = perSecond(Math.floor(cellOrdersPerSecond));
  const why =
    cellOrdersPerSecond < given.CELL_ORDERS_PER_SECOND
      ? `a cell takes ${most} at most, since nothing is split into more than ${PARTITIONS}`
      : `a cell is given ${most} at most`;
  return `${at} the work is ${number(cells)} cells side by side: ${why}.`;
}
