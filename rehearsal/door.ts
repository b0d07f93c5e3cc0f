/**
 * The way to a pod, as a Service gives it: who connects gets there as long as the pod is ready, and what is connected stays so until
 * one of the two ends it. Callers cannot see pods that are starting, or that were deleted and go on for a while.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Door {
  /** Nobody new comes in. */
  close(): void;
}

const addressIn = (address: string): { host: string; port: number } => {
  const [host = '', port] = address.split(':');
  return { host, port: Number(port) };
};

export async function openDoor(at: string, to: string, isReady: () => boolean): Promise<Door> {
  const server = createServer((client) => {
    if (isReady()) join(client, connect(addressIn(to)));
    else client.destroy();
  });
  server.listen(addressIn(at));
  await once(server, 'listening');
  return { close: () => void server.close() };
}

function join(client: Socket, pod: Socket): void {
  for (const [from, to] of [
    [client, pod],
    [pod, client],
  ] as const) {
    from.setNoDelay(true);
    from.on('error', () => to.destroy());
    from.on('close', () => to.end());
    from.pipe(to);
  }
}
