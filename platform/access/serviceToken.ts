/**
 * The token by which a service calls others on its own account: read from a file, and read again when that changes, so that whoever
 * renews it (a person, an agent, a mounted Secret) only has to write it there.
 */
import { decodeJwt } from 'jose';
import { type Config, ConfigError, text } from '../config.ts';
import { followFile } from '../fileContent.ts';
import type { TokenOf } from '../grpc/client.ts';
import type { Logger } from '../logging.ts';

/** Of every process that calls others. */
export const serviceTokenConfig = {
  ORDERLOG_SERVICE_TOKEN_FILE: text('the path of a file')
    .optional()
    .describe(
      'The token by which it calls the others where they ask for one. Read again when it changes (`orderlog token` makes one).',
    ),
};

const VARIABLE = 'ORDERLOG_SERVICE_TOKEN_FILE';
/** Told of so long before it expires, and again every day. */
const SOON_MS = 14 * 86_400_000;
const LOOK_AGAIN_MS = 86_400_000;

interface ServiceToken {
  readonly token: string;
  readonly life: TokenLife;
}

/** From when until when a token is taken. */
export interface TokenLife {
  /** Where it does not say so (iat), when it was read. */
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

export interface ServiceTokenSource {
  readonly token: TokenOf;
  /** Of the token that is shown now; undefined: there is none. */
  life(): TokenLife | undefined;
  stop(): void;
}

/** Throws ConfigError for a file that cannot be used, or where one is needed and not named. */
export function openServiceToken(
  config: Config<typeof serviceTokenConfig>,
  isNeeded: boolean,
  logger: Logger,
): ServiceTokenSource {
  const path = config[VARIABLE];
  if (path === undefined) {
    if (!isNeeded) return { token: () => undefined, life: () => undefined, stop: () => undefined };
    throw new ConfigError([
      `${VARIABLE} is not set: calls are authenticated (ORDERLOG_AUTH_ISSUER), and it calls other services: expected the path of a file with a token`,
    ]);
  }
  const file = followFile({ variable: VARIABLE, path, parse: parseToken, logger });
  const look = () => warnBeforeEnd(file.current().life, logger);
  look();
  const timer = setInterval(look, LOOK_AGAIN_MS).unref();
  return {
    token: () => file.current().token,
    life: () => file.current().life,
    stop() {
      clearInterval(timer);
      file.close();
    },
  };
}

function parseToken(text: string): ServiceToken {
  const token = text.trim();
  try {
    const { exp, iat } = decodeJwt(token);
    if (exp !== undefined) {
      const issuedAt = new Date(iat === undefined ? Date.now() : iat * 1_000);
      return { token, life: { issuedAt, expiresAt: new Date(exp * 1_000) } };
    }
  } catch {
    throw new Error('it does not hold a JWT');
  }
  throw new Error('its token does not say when it expires (exp)');
}

function warnBeforeEnd({ expiresAt }: TokenLife, logger: Logger): void {
  if (expiresAt.getTime() - Date.now() > SOON_MS) return;
  logger.warn({ expiresAt }, `the token in ${VARIABLE} expires soon, or has: write a new one to the file`);
}
