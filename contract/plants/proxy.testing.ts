/**
 * A transparent gRPC proxy in front of a server on 127.0.0.1, to plant defects: what meddles sees each call's messages and
 * headers before they are forwarded, and the reply before it is answered. On HTTP/2 itself, since a gRPC server would keep
 * deadlines on its own. Streams that end by their client alone (`Watch`) are passed on as they come.
 */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { bytesOf, framed, plain, statusOf, unframed } from './frames.testing.ts';

/** A call on its way to the server. */
export interface ProxiedCall {
  readonly path: string;
  readonly messages: readonly Buffer[];
  /** `grpc-timeout` among them. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ProxiedReply {
  readonly messages: readonly Buffer[];
  /** `grpc-status`, `grpc-message`, `grpc-status-details-bin`. */
  readonly trailers: Readonly<Record<string, string>>;
}

export type Forward = (call: ProxiedCall) => Promise<ProxiedReply>;
export type Meddle = (call: ProxiedCall, forward: Forward) => Promise<ProxiedReply>;

export interface GrpcProxy {
  readonly address: string;
  /** What is done to each call from now on. */
  meddle: Meddle;
  close(): void;
}

export const passOn: Meddle = (call, forward) => forward(call);

/** A proxy to `host:port`. */
export async function proxyTo(address: string): Promise<GrpcProxy> {
  let session: ClientHttp2Session | undefined;
  /** Connects again where the server has asked for it. */
  const upstream = (): ClientHttp2Session => {
    if (!session || session.closed || session.destroyed) {
      session = connect(`http://${address}`);
      session.on('error', () => undefined);
    }
    return session;
  };
  const server: Http2Server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => undefined);
    const path = String(headers[':path']);
    if (path.endsWith('/Watch')) passStream(upstream(), stream, headers);
    else void answerOne(upstream, stream, headers, proxy);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  const proxy: GrpcProxy = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    meddle: passOn,
    close() {
      for (const session of sessions) session.destroy();
      server.close();
      session?.destroy();
    },
  };
  return proxy;
}

async function answerOne(
  upstream: () => ClientHttp2Session,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { meddle }: GrpcProxy,
): Promise<void> {
  try {
    const call = {
      path: String(headers[':path']),
      messages: unframed(await bytesOf(stream)),
      headers: plain(headers),
    };
    const reply = await meddle(call, (forwarded) => ask(upstream(), forwarded));
    if (!stream.destroyed) respond(stream, reply);
  } catch {
    // A proxy that fails is one that nobody can reach.
    stream.close();
  }
}

async function ask(upstream: ClientHttp2Session, call: ProxiedCall): Promise<ProxiedReply> {
  const request = upstream.request({ ...call.headers, ':path': call.path, ':method': 'POST' });
  let trailers: Record<string, string> = {};
  request.on('trailers', (sent) => {
    trailers = plain(sent);
  });
  request.end(Buffer.concat(call.messages.map(framed)));
  const [head] = (await once(request, 'response')) as [IncomingHttpHeaders];
  const messages = unframed(await bytesOf(request));
  return { messages, trailers: head['grpc-status'] === undefined ? trailers : statusOf(plain(head)) };
}

function respond(stream: ServerHttp2Stream, { messages, trailers }: ProxiedReply): void {
  const head = { ':status': 200, 'content-type': 'application/grpc+proto' };
  if (messages.length === 0) {
    stream.respond({ ...head, ...trailers }, { endStream: true });
    return;
  }
  stream.respond(head, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(Buffer.concat(messages.map(framed)));
}

function passStream(
  upstream: ClientHttp2Session,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): void {
  const request = upstream.request({
    ...plain(headers),
    ':path': String(headers[':path']),
    ':method': 'POST',
  });
  request.on('error', () => stream.close());
  request.on('response', (head) => {
    if (head['grpc-status'] !== undefined) {
      stream.respond({ ...head }, { endStream: true });
      return;
    }
    stream.respond({ ...head }, { waitForTrailers: true });
    let trailers: Record<string, string> = {};
    request.on('trailers', (sent) => {
      trailers = plain(sent);
    });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    request.pipe(stream);
  });
  stream.on('close', () => request.close());
  stream.pipe(request);
}
