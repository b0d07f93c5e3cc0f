/**
 * How NATS is reached and as whom, by one URL: `nats://user:password@host:4222`, or `tls://` for TLS, several separated by
 * commas with the same user. The client library would pass over both parts of it in silence: it drops the user, and talks in
 * the clear to a server that offers no TLS.
 *
 * A user hears answers in an inbox of its own, which nobody else may subscribe to (cli/servers/natsUsers.ts).
 */
import { isIP } from 'node:net';
import type { ConnectionOptions } from '@nats-io/nats-core';
import { urls } from '../config.ts';

/** Files in PEM, which the client reads again for each connection. */
export interface NatsTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

type Servers = Pick<ConnectionOptions, 'user' | 'pass' | 'inboxPrefix' | 'tls'> & { servers: string[] };

export function natsServers(url: string, tls: NatsTls = {}): Servers {
  const nodes = url.split(',').map((each) => new URL(each.trim()));
  const [first] = nodes;
  const user = decodeURIComponent(first?.username ?? '');
  return {
    servers: nodes.map(({ host }) => host),
    ...(user !== '' && { user, pass: decodeURIComponent(first?.password ?? ''), inboxPrefix: inboxOf(user) }),
    // Set, even if empty: a server without TLS is refused then.
    ...(first?.protocol === 'tls:' && { tls }),
  };
}

export const inboxOf = (user: string): string => `_INBOX_${user}`;

/** The setting. */
export function natsUrl() {
  const error =
    'expected one protocol and one user for all nodes, and with tls:// names instead of addresses, since certificates are of names';
  return urls('nats://127.0.0.1:4222', ['nats:', 'tls:']).refine(isConsistent, { error }).meta({
    expected: 'expected a URL such as nats://order:secret@127.0.0.1:4222, or several, separated by commas',
    isSecret: true,
  });
}

function isConsistent(value: string): boolean {
  const nodes = value.split(',').flatMap((each) => (URL.canParse(each.trim()) ? [new URL(each.trim())] : []));
  const [first] = nodes;
  return nodes.every(({ protocol, username, password, hostname }) => {
    const isSame = protocol === first?.protocol && username === first.username && password === first.password;
    return isSame && (protocol !== 'tls:' || isIP(hostname.replace(/^\[|\]$/g, '')) === 0);
  });
}
