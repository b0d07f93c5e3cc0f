/** Bytes over a connection of their own, and what came back until it was closed. */
import { connect } from 'node:net';

export interface Talk {
  readonly received: string;
  /** undefined: the other side closed it in time. */
  readonly leftOpen: boolean;
}

/** Never throws, but where nobody listens. latin-1, so that each byte is one character. */
export function talk(address: string, parts: readonly Uint8Array[], withinMs: number): Promise<Talk> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), allowHalfOpen: true });
    let received = '';
    const end = (leftOpen: boolean) => {
      socket.destroy();
      resolve({ received, leftOpen });
    };
    socket.setTimeout(withinMs, () => end(true));
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') reject(error);
      else end(false);
    });
    socket.once('end', () => end(false));
    for (const part of parts) socket.write(part);
    socket.end();
  });
}
