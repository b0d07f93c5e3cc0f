/**
 * A TCP proxy on 127.0.0.1 in front of a server there: to lose, hold back, delay or answer what either side says, and to
 * take the server away from its client altogether.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** `cut`: lose it, and the connection. `hold`: keep it and what follows, until `release`. */
export type Decision = 'pass' | 'cut' | 'hold';

export interface TcpProxy {
  readonly port: number;
  /** The server's port; of connections that are made from now on. */
  target: number;
  /** Asked about all that the server says. */
  onReply: (bytes: Buffer) => Decision;
  /** Asked about all that the client says. Bytes: what the client gets for an answer, before it is cut off. */
  onRequest: (bytes: Buffer) => Decision | Uint8Array;
  /** How much later either side hears what the other said. */
  delayMs: number;
  /** How much later still the client hears what the server said. */
  replyDelayMs: number;
  /** Lets go what was held. */
  release(): void;
  /** Breaks all connections, and each new one, until it is mended. */
  cut(): void;
  mend(): void;
  /** Breaks the connections that are open now. */
  breakAll(): void;
  close(): Promise<void>;
}

export async function proxyTo(port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let held: (() => void)[] = [];
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) return void client.destroy();
    const upstream = connect(proxy.target, '127.0.0.1');
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
    const toClient = delayed(client, () => proxy.delayMs + proxy.replyDelayMs);
    const toServer = delayed(upstream, () => proxy.delayMs);
    pipe(upstream, toClient, (bytes) => proxy.onReply(bytes));
    pipe(client, toServer, (bytes) => proxy.onRequest(bytes));
  });

  function pipe(
    from: Socket,
    write: (bytes: Buffer) => void,
    decide: (bytes: Buffer) => Decision | Uint8Array,
  ): void {
    let holding = false;
    from.on('data', (bytes: Buffer) => {
      const decision = holding ? 'hold' : decide(bytes);
      if (decision === 'pass') write(bytes);
      else if (decision === 'cut') from.destroy();
      else if (decision !== 'hold') from.end(decision);
      else {
        holding = true;
        held.push(() => {
          holding = false;
          write(bytes);
        });
      }
    });
  }

  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    target: port,
    onReply: () => 'pass',
    onRequest: () => 'pass',
    delayMs: 0,
    replyDelayMs: 0,
    release() {
      const letGo = held;
      held = [];
      for (const write of letGo) write();
    },
    cut() {
      isCut = true;
      breakAll();
    },
    mend() {
      isCut = false;
    },
    breakAll,
    async close() {
      server.close();
      breakAll();
    },
  };
  return proxy;
}

/** Writes in order, each after the delay of its own moment; at once where there is none and nothing waits. */
function delayed(to: Socket, delayMs: () => number): (bytes: Buffer) => void {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const write = (bytes: Buffer) => {
    if (!to.destroyed) to.write(bytes);
  };
  return (bytes) => {
    const ms = delayMs();
    if (ms === 0 && waiting === 0) return write(bytes);
    waiting += 1;
    last = Promise.all([sleep(ms), last]).then(() => {
      waiting -= 1;
      write(bytes);
    });
  };
}

/** Whether a nats-server's bytes hold the acknowledgement of something published to the stream. */
export const isAck = (stream: string, bytes: Buffer): boolean =>
  bytes.includes(`{"stream":"${stream}","seq":`);
