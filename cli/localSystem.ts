/**
 * Where the servers and databases of a local system (`npm start`) are, for commands that look behind the services: from the
 * same variables and the same data folder as the launcher. The URLs hold passwords: they are for connecting, not for printing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { OrderlogError } from '../platform/errors.ts';
import { OPERATOR } from './servers/natsUsers.ts';
import { HOST } from './servers/ports.ts';
import { type ServiceDatabaseUrls, urlFor } from './servers/serviceDatabase.ts';
import { urlAs } from './servers/urlAs.ts';
import { layoutOf } from './start/layout.ts';
import { hideSecrets, natsPasswordsIn, type Secrets, unreadable } from './start/secrets.ts';
import { projectFolder } from './start/serviceParts.ts';
import { hasReadModel } from './start/services.ts';

export type DatabaseName = 'order' | 'catalog' | 'payment';

export interface LocalSystem {
  readonly databases: Readonly<Record<DatabaseName, ServiceDatabaseUrls>>;
  readonly analytics: ServiceDatabaseUrls;
  readonly nats: string;
  /** Unset: the system's reads need no read model. */
  readonly elasticsearch?: string;
  /** The payment sandbox. */
  readonly provider: string;
}

/** The data folder, as the launcher finds it. */
export function dataDirOf(env: NodeJS.ProcessEnv): string {
  const folder = env.ORDERLOG_DATA_DIR || '.orderlog';
  return isAbsolute(folder) ? folder : join(projectFolder, folder);
}

/** `env` as the launcher was given it. Throws OrderlogError if no system was ever started there. */
export function localSystem(env: NodeJS.ProcessEnv): LocalSystem {
  const dataDir = dataDirOf(env);
  const layout = layoutOf(dataDir, env.ORDERLOG_PORT_BASE);
  const passwords = readPasswords(layout.secrets, dataDir);
  const admin = env.ORDERLOG_POSTGRES_URL || `postgres://${HOST}:${layout.ports.postgres}/postgres`;
  const database = (name: DatabaseName | 'analytics'): ServiceDatabaseUrls => ({
    url: urlFor(admin, name, name, passwords[name] ?? ''),
    migrationUrl: urlFor(admin, name, `${name}_owner`, passwords[`${name}_owner`] ?? ''),
  });
  return {
    databases: { order: database('order'), catalog: database('catalog'), payment: database('payment') },
    analytics: database('analytics'),
    nats:
      env.ORDERLOG_NATS_URL ||
      urlAs(`nats://${HOST}:${layout.ports.nats}`, OPERATOR, natsPasswordsIn({ passwords })),
    ...(hasReadModel(env) && {
      elasticsearch: env.ORDERLOG_ELASTICSEARCH_URL || `http://${HOST}:${layout.ports.elasticsearch}`,
    }),
    provider: `http://${layout.sandboxAddress}`,
  };
}

function readPasswords(file: string, dataDir: string): Secrets['passwords'] {
  if (!existsSync(file)) {
    const message = `no system was started in ${dataDir}: start one (npm start), set ORDERLOG_DATA_DIR, or give the addresses`;
    throw new OrderlogError('FAILED_PRECONDITION', 'NO_LOCAL_SYSTEM', message);
  }
  try {
    const secrets = JSON.parse(readFileSync(file, 'utf8')) as Secrets;
    hideSecrets(secrets);
    return secrets.passwords;
  } catch (error) {
    throw new OrderlogError('FAILED_PRECONDITION', 'SECRETS_UNREADABLE', unreadable(file, error));
  }
}
