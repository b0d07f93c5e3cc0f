/** A real server on a free port for tests, with OpsService as its service, and a client of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { createLogger } from '../logging.ts';
import { createClient, type GrpcClient } from './client.ts';
import { createGrpcServer, type GrpcServer, type GrpcServerOptions } from './server.ts';
import { type Implementation, offer } from './service.ts';

export type OpsHandlers = Implementation<typeof OpsServiceService>;
export type OpsClient = GrpcClient<typeof OpsServiceService>;

export interface TestServer {
  readonly server: GrpcServer;
  /** `127.0.0.1:<port>` */
  readonly address: string;
  readonly client: OpsClient;
  /** What was logged so far. */
  readonly lines: readonly Record<string, unknown>[];
  stop(): Promise<void>;
}

export async function startTestServer(
  handlers: OpsHandlers,
  options: Partial<GrpcServerOptions> = {},
): Promise<TestServer> {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const server = createGrpcServer({
    logger: createLogger({ service: 'test', level: 'debug', destination }),
    services: [offer(OpsServiceService, handlers)],
    listen: { host: '127.0.0.1', port: 0 },
    listenVariable: 'ORDERLOG_TEST_LISTEN',
    ...options,
  });
  const address = `127.0.0.1:${await server.start()}`;
  const client = createClient(OpsServiceService, address);
  const stop = async () => {
    client.close();
    await server.drain(200);
  };
  return { server, address, client, lines, stop };
}

/** Handlers whose calls last until they are let go. */
export function holdingCalls() {
  const goOn = Promise.withResolvers<void>();
  let begun = 0;
  const handlers: OpsHandlers = {
    async getConsumerStatus() {
      begun++;
      await goOn.promise;
      return { ranges: [] };
    },
  };
  const hasBegun = async (count: number) => {
    while (begun < count) await sleep(5);
  };
  return { handlers, hasBegun, letGo: goOn.resolve };
}
