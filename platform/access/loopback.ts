/** Whether an address can be reached from this machine alone. */
import { BlockList, isIP, isIPv6 } from 'node:net';

export interface Listen {
  readonly host: string;
  readonly port: number;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** A name is trusted only where it is `localhost`: what others resolve to may change. */
export const isLoopback = (host: string): boolean =>
  isIP(host) === 0 ? host === 'localhost' : loopback.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
