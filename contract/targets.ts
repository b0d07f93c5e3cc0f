/** Which service is judged at which address. */
import { isIP } from 'node:net';
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { type Wire, wireTo } from './call.ts';
import { type Image, rpcName, serviceOf } from './image.ts';

export const TARGET_NAMES = ['order', 'catalog', 'payment', 'query'] as const;
export type TargetName = (typeof TARGET_NAMES)[number];
export type Addresses = Readonly<Record<TargetName, string>>;

const OPS = 'orderlog.ops.v1.OpsService';
const SERVICES: Readonly<Record<TargetName, readonly string[]>> = {
  order: ['orderlog.order.v1.OrderService', OPS],
  catalog: ['orderlog.catalog.v1.CatalogService', OPS],
  payment: ['orderlog.payment.v1.PaymentService', OPS],
  query: ['orderlog.query.v1.OrderQueryService'],
};

export interface Target {
  readonly name: TargetName;
  readonly address: string;
  readonly wire: Wire;
  readonly services: readonly DescService[];
}

export type Targets = Readonly<Record<TargetName, Target>>;

/** An rpc where it is judged. */
export interface Rpc {
  readonly target: Target;
  readonly method: DescMethod;
  /** `/orderlog.order.v1.OrderService/GetOrder` */
  readonly path: string;
  /** For people: `order: orderlog.ops.v1.OpsService/GetRelayStatus` where several addresses offer it. */
  readonly title: string;
}

export function targetsAt(image: Image, addresses: Addresses): Targets {
  const entries = TARGET_NAMES.map((name): [TargetName, Target] => {
    const services = SERVICES[name].map((service) => serviceOf(image, service));
    return [name, { name, address: addresses[name], wire: wireTo(addresses[name]), services }];
  });
  return Object.fromEntries(entries) as unknown as Targets;
}

export const closeTargets = (targets: Targets): void => {
  for (const { wire } of Object.values(targets)) wire.close();
};

export const rpcsOf = (targets: Targets): readonly Rpc[] =>
  Object.values(targets).flatMap((target) =>
    target.services.flatMap((service) => service.methods.map((method) => rpcAt(target, method))),
  );

export function rpcAt(target: Target, method: DescMethod): Rpc {
  const name = rpcName(method);
  const isShared = method.parent.typeName === OPS;
  return { target, method, path: `/${name}`, title: isShared ? `${target.name}: ${name}` : name };
}

const REACHED_WITHIN_MS = 10_000;

/** Which addresses nobody answers at, a line each. */
export async function unreachable(targets: Targets): Promise<readonly string[]> {
  const all = Object.values(targets);
  const reached = await Promise.all(all.map(({ wire }) => wire.reaches(REACHED_WITHIN_MS)));
  return all.flatMap(({ name, address }, index) =>
    reached[index] ? [] : [`--${name} ${address}: nobody answers there`],
  );
}

/** Throws for what is no `host:port`. */
export function checkedAddress(name: string, address: string): string {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match && port >= 1 && port <= 65_535 && (match[1] === undefined || isIP(match[1]) === 6))
    return address;
  throw new Error(`--${name} ${address}: give host:port, such as 127.0.0.1:50051`);
}
