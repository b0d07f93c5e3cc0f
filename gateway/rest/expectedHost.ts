/**
 * Where nobody needs a token, whoever can make somebody's browser on this machine ask may do everything. A page of another origin
 * is kept out by the browser, but one whose host is made to resolve to 127.0.0.1 (DNS rebinding) is of the very origin that it asks.
 * What gives it away is the name in its Host. An address cannot be made to resolve to another, and who sends no Host is no browser.
 */
import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { OrderlogError } from '../../platform/errors.ts';

/** Names, separated by commas. */
export const hostNamesIn = (text: string): readonly string[] =>
  text.split(',').map((name) => name.trim().toLowerCase());

/** Refuses every request by another name than those of this machine and `names`, before anything of it is read. */
export function refuseOtherHosts(app: FastifyInstance, names: readonly string[]): void {
  app.addHook('onRequest', async ({ headers }) => {
    if (!isExpected(nameIn(headers.host ?? ''), names)) throw unexpected();
  });
}

/** `[::1]:8080` -> `::1` */
const nameIn = (host: string): string =>
  host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();

const isExpected = (name: string, names: readonly string[]): boolean =>
  name === '' ||
  isIP(name) !== 0 ||
  name === 'localhost' ||
  name.endsWith('.localhost') ||
  names.includes(name);

function unexpected(): OrderlogError {
  const description =
    'must be localhost or an IP address, since nobody needs a token here: ask by one of those, or set ' +
    'ORDERLOG_HTTP_HOST_NAMES to the names by which the gateway may be asked too';
  const violations = [{ field: 'Host', description }];
  return new OrderlogError('INVALID_ARGUMENT', 'HOST_NOT_EXPECTED', `Host ${description}`, { violations });
}
