/** Begins and ends listening. */
import type { AddressInfo } from 'node:net';
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

/** Takes nothing new, lets what was begun end, at most this long; then cuts what is left. */
export async function closeHttp(app: FastifyInstance, graceMs: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), graceMs);
  await app.close();
  clearTimeout(timer);
}
