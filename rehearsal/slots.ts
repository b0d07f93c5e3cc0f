/**
 * Where pods may listen. Every service has a few fixed addresses, one more than it has replicas, so that a new pod is up before an
 * old one goes; callers know all of them, as they would by the name of the Service, and go to those that answer.
 */
import { freePorts, HOST } from '../cli/servers/ports.ts';

export const SERVICES = ['order', 'catalog', 'payment', 'projector', 'gateway'] as const;
export type ServiceName = (typeof SERVICES)[number];

export const REPLICAS = 2;
/** Of a slot. */
const PORTS = 3;
/** As maxSurge says. */
const SURGE = 1;

export interface Slot {
  readonly index: number;
  /** As callers know it (door.ts). */
  readonly grpc: string;
  /** Where the pod itself listens. */
  readonly ownGrpc: string;
  readonly ownHttp: string;
}

export type Slots = Readonly<Record<ServiceName, readonly Slot[]>>;

export async function makeSlots(): Promise<Slots> {
  const count = REPLICAS + SURGE;
  const base = await freePorts(SERVICES.length * count * PORTS);
  const slot = (service: number, index: number): Slot => {
    const port = base + (service * count + index) * PORTS;
    const [grpc, ownGrpc, ownHttp] = [port, port + 1, port + 2].map((each) => `${HOST}:${each}`) as [
      string,
      string,
      string,
    ];
    return { index, grpc, ownGrpc, ownHttp };
  };
  const entries = SERVICES.map((name, service) => [
    name,
    Array.from({ length: count }, (_, index) => slot(service, index)),
  ]);
  return Object.fromEntries(entries) as Slots;
}

/** As a client of gRPC takes them all (platform/grpc/client.ts). */
export const addressOf = (slots: Slots, service: ServiceName): string =>
  `ipv4:${slots[service].map(({ grpc }) => grpc).join(',')}`;
