/**
 * A client of REST that keeps its connections, behind what a Service is to it: each new connection goes to a gateway that is ready,
 * in turn; one that it has, it goes on using. It repeats nothing by itself.
 */
import { Agent, request as ask, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { OrderlogError } from '../platform/errors.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface Rest {
  /** Throws what breaks the connection. */
  send(
    method: string,
    path: string,
    headers?: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Answer>;
  /** The answer as it begins to come, over a connection of its own. */
  stream(path: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage>;
  close(): void;
}

const TIMEOUT_MS = 15_000;
const MAX_CONNECTIONS = 16;

export function createRest(endpoints: () => readonly string[]): Rest {
  let turn = 0;
  const toNext = () => {
    const ready = endpoints();
    const [host = '127.0.0.1', port = '1'] = (ready[turn++ % Math.max(1, ready.length)] ?? '').split(':');
    return connect({ host: host || '127.0.0.1', port: Number(port) });
  };
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS, scheduling: 'fifo' });
  agent.createConnection = toNext;
  const begin = (
    path: string,
    options: {
      method: string;
      headers: Readonly<Record<string, string>>;
      body?: string | undefined;
      agent?: Agent;
    },
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { body, agent: own, ...rest } = options;
      const connection = own ? { agent: own } : { createConnection: toNext };
      const asking = ask({ host: 'localhost', path, timeout: TIMEOUT_MS, ...rest, ...connection }, resolve);
      asking.once('timeout', () => asking.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)));
      asking.once('error', reject);
      asking.end(body);
    });
  return {
    async send(method, path, headers = {}, body) {
      const response = await begin(path, { method, headers, body, agent });
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      return { status: response.statusCode ?? 0, text };
    },
    stream: (path, headers) => begin(path, { method: 'GET', headers }),
    close: () => agent.destroy(),
  };
}

/** What it holds. Throws OrderlogError with the reason where its status is another. */
export function restAnswer({ status, text }: Answer, wanted: number): unknown {
  if (status === wanted) return JSON.parse(text);
  const [, reason = 'NO_REASON'] = /"reason":"(\w+)"/.exec(text) ?? [];
  throw new OrderlogError('UNAVAILABLE', reason, `HTTP ${status}: ${text.slice(0, 300)}`);
}
