/** Begins and ends listening. */
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { OrderlogError } from '../../platform/errors.ts';

/** Listens, and tells the port. Throws OrderlogError PORT_IN_USE, naming the address and the setting it came from. */
export async function listenHttp(
  app: FastifyInstance,
  listen: { readonly host: string; readonly port: number },
  variable: string,
): Promise<number> {
  try {
    await app.listen(listen);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'is in use already' : `cannot be listened on (${message})`;
    const where = `${listen.host}:${listen.port}`;
    throw new OrderlogError(
      'FAILED_PRECONDITION',
      'PORT_IN_USE',
      `${where} ${why}: stop what uses it, or set ${variable} to another address`,
      { cause: error },
    );
  }
  return (app.server.address() as AddressInfo).port;
}

/** In which clients of kept connections, told by their next answer to connect anew, do so elsewhere. */
const LEAVE_WITHIN_MS = 3_000;
const LOOK_MS = 10;

/**
 * Answers as before, but each answer is the last of its connection, until nobody is connected any more or has sent anything in
 * a while: a connection that a client keeps must not end in the moment in which it is used. Then ends streams, takes nothing
 * new, lets what was begun end, all within the grace; then cuts what is left.
 */
export async function closeHttp(
  app: FastifyInstance,
  graceMs: number,
  endStreams: () => Promise<void> = async () => undefined,
): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), graceMs);
  app.server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  const endsAtMs = performance.now() + Math.min(LEAVE_WITHIN_MS, graceMs / 2);
  while (performance.now() < endsAtMs && (await connectionsOf(app)) > 0) await sleep(LOOK_MS);
  await endStreams();
  await app.close();
  clearTimeout(timer);
}

const connectionsOf = (app: FastifyInstance): Promise<number> =>
  new Promise((resolve) => app.server.getConnections((error, count) => resolve(error ? 0 : count)));
