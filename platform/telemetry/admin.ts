/**
 * The HTTP endpoint of a process for those who run it: GET /metrics, and /log-level, which GET tells and PUT changes until the
 * next start. Changes are taken from this machine only (on a cluster: by `kubectl exec` or `port-forward`): a network that may
 * scrape may not quieten a log.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OrderlogError } from '../errors.ts';
import { LOG_LEVELS, type Logger, type LogLevel, setLogLevel } from '../logging.ts';
import type { Meter } from './meter.ts';

export interface AdminOptions {
  readonly meter: Pick<Meter, 'contentType' | 'text'>;
  readonly logger: Logger;
  readonly listen: { readonly host: string; readonly port: number };
}

export interface Admin {
  readonly port: number;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1_024;
const MAX_CONNECTIONS = 100;
const TIMEOUT_MS = 10_000;
const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

/** Listens. Throws OrderlogError PORT_IN_USE, naming the address and its setting. */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const server = createServer({ requestTimeout: TIMEOUT_MS, maxHeaderSize: 8_192 }, (request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      options.logger.warn({ err: error }, 'the admin endpoint could not answer');
      response.destroy();
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, options.listen);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: AdminOptions['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'is in use already' : `cannot be listened on (${error.message})`;
      const message = `${host}:${port} ${why}: stop what uses it, or set ORDERLOG_ADMIN_LISTEN to another address`;
      reject(new OrderlogError('FAILED_PRECONDITION', 'PORT_IN_USE', message, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

async function answer(
  { meter, logger }: AdminOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, url } = request;
  const say = (status: number, body: object) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (url === '/metrics' && method === 'GET') {
    const text = await meter.text();
    return void response.writeHead(200, { 'content-type': meter.contentType }).end(text);
  }
  if (url === '/log-level' && method === 'GET') return say(200, { level: logger.level });
  if (url === '/log-level' && method === 'PUT') {
    if (!LOOPBACK.test(request.socket.remoteAddress ?? '')) {
      return say(403, { error: 'the log level is changed from the machine of the process only' });
    }
    const level = levelIn(await bodyOf(request));
    if (!level) return say(400, { error: `expected {"level": one of ${LOG_LEVELS.join(', ')}}` });
    setLogLevel(logger, level);
    return say(200, { level });
  }
  say(404, { error: 'there are GET /metrics, and GET and PUT /log-level' });
}

/** undefined: it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function levelIn(body: string | undefined): LogLevel | undefined {
  try {
    const { level } = JSON.parse(body ?? '') as { level?: unknown };
    return LOG_LEVELS.find((each) => each === level);
  } catch {
    return undefined;
  }
}
