/**
 * Order, Catalog, Payment and the gateway a second time, or some of them, as replicas on the shared system's servers that ask every
 * caller for a token; and an issuer of such tokens.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localSystem } from '../../cli/localSystem.ts';
import { freePorts } from '../../cli/servers/ports.ts';
import { urlAs } from '../../cli/servers/urlAs.ts';
import type { Running } from '../../cli/start/keepRunning.ts';
import { layoutOf } from '../../cli/start/layout.ts';
import { natsPasswordsIn, type Secrets } from '../../cli/start/secrets.ts';
import { openServiceLog } from '../../cli/start/serviceLog.ts';
import { projectFolder } from '../../cli/start/serviceParts.ts';
import { startService } from '../../cli/start/serviceProcess.ts';
import { type ServiceContext, services } from '../../cli/start/services.ts';
import { AUDIENCE, ISSUER, type TestIssuer, testIssuer } from '../../platform/access/issuer.testing.ts';
import { ROLES, type Role } from '../../proto/roles.ts';
import type { System } from './system.ts';

export interface Authenticated {
  readonly issuer: TestIssuer;
  readonly addresses: System['addresses'];
  /** By which the services call one another. */
  readonly serviceTokens: readonly string[];
  /** As ORDERLOG_PORT_BASE names it to the command line. */
  readonly portBase: string;
  /** A token with the scopes of a role. */
  tokenFor(role: Role, subject?: string): Promise<string>;
  /** All that the processes have logged. */
  logged(): string;
  stop(): Promise<void>;
}

/** Of a caller, in a window that outlasts all tests; whom no test but that of the limit comes near. */
export const REQUESTS_OF_A_CALLER = 1_000;

const PORTS = 100;
const STOP_GRACE_MS = 10_000;
const NAMES = ['catalog', 'payment', 'order', 'gateway'] as const;

/** `names`: those that are started; the others' addresses are the shared system's, which ask for none. */
export async function startAuthenticated(
  { local, addresses }: System,
  names: readonly (typeof NAMES)[number][] = NAMES,
): Promise<Authenticated> {
  const issuer = testIssuer();
  const tokenFor = (role: Role, subject: string = role) =>
    issuer.token({ sub: subject, scope: ROLES[role].scopes.join(' ') });
  const portBase = String(await freePorts(PORTS));
  const laidOut = layoutOf(join(local.dataDir, 'authenticated'), portBase);
  const { admin, http } = laidOut.addresses;
  const own = Object.fromEntries(names.map((name) => [name, laidOut.addresses[name]]));
  const layout = { ...laidOut, addresses: { ...addresses, ...own, http, admin } };
  mkdirSync(layout.logs, { recursive: true });
  const file = (name: string, text: string) => {
    const path = join(layout.dataDir, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const auth = {
    ORDERLOG_AUTH_ISSUER: ISSUER,
    ORDERLOG_AUTH_AUDIENCE: AUDIENCE,
    ORDERLOG_AUTH_KEY_FILE: file('keys.json', JSON.stringify(issuer.jwks)),
    ORDERLOG_LOG_LEVEL: 'debug',
    ORDERLOG_RATE_LIMIT_REQUESTS: String(REQUESTS_OF_A_CALLER),
    ORDERLOG_RATE_LIMIT_SECONDS: '3600',
  };
  const orderToken = await tokenFor('order-service');
  const gatewayToken = await tokenFor('gateway-service');
  const ownTokens: Readonly<Record<string, NodeJS.ProcessEnv>> = {
    order: { ORDERLOG_SERVICE_TOKEN_FILE: file('order.token', orderToken) },
    gateway: { ORDERLOG_SERVICE_TOKEN_FILE: file('gateway.token', gatewayToken) },
  };
  const context = contextOf(local, layout);
  const logs = names.map((name) => join(layout.logs, `${name}.log`));
  const running: Running[] = [];
  const closings: (() => Promise<void>)[] = [];
  for (const name of names) {
    const spec = services.find((each) => each.name === name);
    if (!spec) throw new Error(`no service ${name}`);
    const log = openServiceLog(name, join(layout.logs, `${name}.log`), () => undefined);
    closings.push(() => log.close());
    const env = { PATH: process.env.PATH, ...spec.env(context), ...auth, ...ownTokens[name] };
    const main = join(projectFolder, spec.main);
    const signal = new AbortController().signal;
    running.push(await startService({ name, main, cwd: projectFolder, env, log, signal }));
  }
  return {
    issuer,
    addresses: layout.addresses,
    serviceTokens: [orderToken, gatewayToken],
    portBase,
    tokenFor,
    logged: () => logs.map((path) => readFileSync(path, 'utf8')).join(''),
    async stop() {
      await Promise.all(running.map((each) => each.stop(STOP_GRACE_MS)));
      for (const close of closings) await close();
    },
  };
}

function contextOf(local: System['local'], layout: ReturnType<typeof layoutOf>): ServiceContext {
  const shared = layoutOf(local.dataDir, local.portBase);
  const {
    databases,
    analytics,
    nats,
    elasticsearch = '',
  } = localSystem({
    ORDERLOG_DATA_DIR: local.dataDir,
    ORDERLOG_PORT_BASE: local.portBase,
    ORDERLOG_POSTGRES_URL: process.env.ORDERLOG_POSTGRES_URL,
  });
  const secrets = JSON.parse(readFileSync(shared.secrets, 'utf8')) as Secrets;
  return {
    layout: { ...layout, sandboxAddress: shared.sandboxAddress },
    secrets,
    natsUrl: (user) => urlAs(nats, user, natsPasswordsIn(secrets)),
    elasticsearchUrl: elasticsearch,
    databases: new Map(Object.entries({ ...databases, analytics })),
  };
}
