/** Where the doctor looks: as an audit, and the services, the monitoring page and the data folder beside it. */
import { OrderlogError } from '../../platform/errors.ts';
import { type Addresses, addressesOf } from '../addresses.ts';
import { type AddressFlags, addressesFor } from '../audit/addresses.ts';
import type { Addresses as Servers } from '../audit/sources.ts';
import { dataDirOf, type LocalSystem, localSystem } from '../localSystem.ts';
import { HOST } from '../servers/ports.ts';
import { type Layout, layoutOf } from '../start/layout.ts';

export interface DoctorFlags extends AddressFlags {
  readonly natsMonitor?: string;
}

export interface DoctorAddresses {
  readonly services: Addresses;
  /** Unset: no system was ever started here, and no addresses were given; `why` says so. */
  readonly servers?: Servers & { readonly monitor?: string };
  readonly why?: string;
  /** Owners' URLs by service. */
  readonly databases?: LocalSystem['databases'];
  /** Of a local system. */
  readonly layout?: Layout;
}

/** Throws OrderlogError INVALID_ARGUMENT that names the flag. */
export function doctorAddresses(flags: DoctorFlags, env: NodeJS.ProcessEnv): DoctorAddresses {
  const services = addressesOf(env.ORDERLOG_PORT_BASE);
  const layout = layoutOf(dataDirOf(env), env.ORDERLOG_PORT_BASE);
  try {
    const servers = addressesFor(flags, env);
    const local = localOrNone(env);
    const isLocal = local?.databases.order.url === servers.databases.order;
    const monitor =
      flags.natsMonitor ??
      (isLocal && !env.ORDERLOG_NATS_URL ? `http://${HOST}:${layout.ports.natsMonitor}` : undefined);
    return {
      services,
      servers: { ...servers, ...(monitor !== undefined && { monitor }) },
      ...(isLocal && { databases: local.databases, layout }),
    };
  } catch (error) {
    if (!isNoSystem(error)) throw error;
    return { services, why: error.message, layout };
  }
}

function localOrNone(env: NodeJS.ProcessEnv): LocalSystem | undefined {
  try {
    return localSystem(env);
  } catch (error) {
    if (isNoSystem(error)) return undefined;
    throw error;
  }
}

const isNoSystem = (error: unknown): error is OrderlogError =>
  error instanceof OrderlogError && error.code === 'FAILED_PRECONDITION';
