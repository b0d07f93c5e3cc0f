/** A TCP proxy on each connection from a service to a server. */
import { HOST } from '../cli/servers/ports.ts';
import { type Layout, portOf } from '../cli/start/layout.ts';
import { proxyTo, type TcpProxy } from '../platform/tcpProxy.testing.ts';

export type Service = 'sandbox' | 'catalog' | 'payment' | 'order' | 'projector' | 'gateway';
/** Catalog and Payment are servers to Order, whose direct sagas call them. */
export type Server = 'postgres' | 'nats' | 'elasticsearch' | 'sandbox' | 'catalog' | 'payment';

export interface Links {
  /** Throws if there is no such connection. */
  of(service: Service, server: Server): TcpProxy;
  to(server: Server): readonly TcpProxy[];
  /** A setting of a service, by its proxy where it is the URL of a server. */
  reroute(service: string, value: string): string;
  /** Lets go what was held. */
  release(): void;
  close(): Promise<void>;
}

const CONNECTIONS: readonly (readonly [Service, Server])[] = [
  ['order', 'postgres'],
  ['catalog', 'postgres'],
  ['payment', 'postgres'],
  ['order', 'nats'],
  ['catalog', 'nats'],
  ['payment', 'nats'],
  ['projector', 'nats'],
  ['projector', 'elasticsearch'],
  ['gateway', 'elasticsearch'],
  ['payment', 'sandbox'],
  ['order', 'catalog'],
  ['order', 'payment'],
];

export async function openLinks({ ports, sandboxAddress, addresses }: Layout): Promise<Links> {
  const serverPorts: Readonly<Record<Server, number>> = {
    postgres: ports.postgres,
    nats: ports.nats,
    elasticsearch: ports.elasticsearch,
    sandbox: portOf(sandboxAddress),
    catalog: portOf(addresses.catalog),
    payment: portOf(addresses.payment),
  };
  const links: { service: Service; server: Server; proxy: TcpProxy }[] = [];
  for (const [service, server] of CONNECTIONS) {
    links.push({ service, server, proxy: await proxyTo(serverPorts[server]) });
  }
  const at = (port: number) => `${HOST}:${port}`;
  return {
    of(wanted, to) {
      const link = links.find(({ service, server }) => service === wanted && server === to);
      if (!link) throw new Error(`${wanted} has no connection to ${to}`);
      return link.proxy;
    },
    to: (wanted) => links.flatMap(({ server, proxy }) => (server === wanted ? [proxy] : [])),
    reroute(from, value) {
      const link = links.find(
        ({ service, server }) => service === from && value.includes(at(serverPorts[server])),
      );
      return link ? value.replace(at(serverPorts[link.server]), at(link.proxy.port)) : value;
    },
    release() {
      for (const { proxy } of links) proxy.release();
    },
    async close() {
      for (const { proxy } of links) await proxy.close();
    },
  };
}
