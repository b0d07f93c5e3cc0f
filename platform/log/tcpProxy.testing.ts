/** A TCP proxy in front of a server, to lose or hold back what either side says. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Asked about all that the server says; default: pass. `cut`: lose it, and the connection. `hold`: keep it and what follows. */
  onReply: (bytes: Buffer) => 'pass' | 'cut' | 'hold';
  /** Asked about all that the client says. */
  onRequest: (bytes: Buffer) => 'pass' | 'hold';
  /** Lets go what was held. */
  release(): void;
  close(): Promise<void>;
}

export async function proxyTo(port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let held: (() => void)[] = [];
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    pipe(upstream, client, (bytes) => proxy.onReply(bytes));
    pipe(client, upstream, (bytes) => proxy.onRequest(bytes));
  });
  function pipe(from: Socket, to: Socket, decide: (bytes: Buffer) => 'pass' | 'cut' | 'hold'): void {
    let holding = false;
    from.on('data', (bytes: Buffer) => {
      const decision = holding ? 'hold' : decide(bytes);
      if (decision === 'cut') from.destroy();
      else if (decision === 'pass') to.write(bytes);
      else {
        holding = true;
        held.push(() => {
          holding = false;
          if (!to.destroyed) to.write(bytes);
        });
      }
    });
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    onReply: () => 'pass',
    onRequest: () => 'pass',
    release() {
      const letGo = held;
      held = [];
      for (const write of letGo) write();
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return proxy;
}

/** Whether the server's bytes hold the acknowledgement of something published to the stream. */
export const isAck = (stream: string, bytes: Buffer): boolean =>
  bytes.includes(`{"stream":"${stream}","seq":`);
