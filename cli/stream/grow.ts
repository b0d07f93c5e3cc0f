/**
 * Raises what a service's stream may hold, as NATS's operator: a service's own user may not change its stream, since whoever may
 * could have it drop history (cli/servers/natsUsers.ts).
 */
import { PermissionViolationError } from '@nats-io/nats-core';
import { OrderlogError } from '../../platform/errors.ts';
import { ApiError } from '../../platform/log/api.ts';
import { connectLog } from '../../platform/log/connection.ts';
import { raiseMaxBytes } from '../../platform/log/streamRoom.ts';
import { localSystem } from '../localSystem.ts';
import { storeTls } from '../ownTls.ts';
import { reach, silent } from '../recover/open.ts';
import type { RecoverableService } from '../recover/services.ts';
import { givenUrl, NATS } from '../storeUrls.ts';

export interface GrowFlags {
  readonly maxBytes: number;
  readonly nats?: string;
}

/** Bounds in bytes; not above 0: there is none. */
export interface Grown {
  readonly stream: string;
  readonly before: number;
  readonly after: number;
}

const CONNECT_WITHIN_MS = 10_000;

/** Throws OrderlogError that says what to do, with nothing changed. */
export async function growStream(
  { stream: { name: stream } }: Pick<RecoverableService, 'stream'>,
  { maxBytes, nats }: GrowFlags,
  env: NodeJS.ProcessEnv,
): Promise<Grown> {
  const url = givenUrl(NATS, nats, env) ?? localSystem(env).nats;
  const tls = storeTls(env).nats;
  const signal = AbortSignal.timeout(CONNECT_WITHIN_MS);
  const connection = await reach('NATS', () =>
    connectLog({ url, tls, name: 'orderlog-stream', logger: silent, signal }),
  );
  try {
    const before = await raiseMaxBytes(connection, stream, maxBytes);
    if (before === undefined)
      throw new OrderlogError('NOT_FOUND', 'STREAM_MISSING', `there is no stream ${stream}`);
    if (before > maxBytes) {
      const message = `stream ${stream} may take ${before} bytes already, and a bound is never lowered`;
      throw new OrderlogError('FAILED_PRECONDITION', 'BOUND_HIGHER', message);
    }
    return { stream, before, after: before > 0 ? maxBytes : before };
  } catch (error) {
    throw plainly(stream, error);
  } finally {
    await connection.close();
  }
}

function plainly(stream: string, error: unknown): unknown {
  if (error instanceof ApiError) {
    const message = `NATS does not let stream ${stream} grow: ${error.message}; see its max_file_store, and the room on its disk`;
    return new OrderlogError('FAILED_PRECONDITION', 'STREAM_REFUSED', message);
  }
  const isDenied = (each: unknown) => each instanceof PermissionViolationError;
  if (!isDenied(error) && !isDenied((error as Error).cause)) return error;
  const message = "this user of NATS may not change streams: give its operator's URL (--nats)";
  return new OrderlogError('PERMISSION_DENIED', 'NOT_OPERATOR', message);
}
