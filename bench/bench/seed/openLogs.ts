/** Databases and streams of all services that write, each with its relay's lease: for whoever writes in their place. */
import { withRelayLease } from '../../../cli/recover/lease.ts';
import { type OpenService, openService } from '../../../cli/recover/open.ts';
import { recoverable } from '../../../cli/recover/services.ts';
import type { System } from '../../../cli/start/system.ts';
import type { LeaseTerm } from '../../../platform/log/lease.ts';

const WRITERS = ['order', 'catalog', 'payment'] as const;
type Writers<T> = Readonly<Record<(typeof WRITERS)[number], T>>;

export interface OpenLog extends OpenService {
  readonly lease: LeaseTerm;
}
export type OpenLogs = Writers<OpenLog>;

/** The services themselves must be down: a relay that leads is waited for a while only. */
export async function withLogs(
  { urls }: Pick<System, 'urls'>,
  work: (logs: OpenLogs) => Promise<void>,
): Promise<void> {
  const open = (left: readonly (typeof WRITERS)[number][], opened: Partial<OpenLogs>): Promise<void> => {
    const [name, ...others] = left;
    return name === undefined
      ? work(opened as OpenLogs)
      : withLog({ db: urls.databases.get(name)?.url ?? '', nats: urls.nats }, name, (log) =>
          open(others, { ...opened, [name]: log }),
        );
  };
  await open(WRITERS, {});
}

async function withLog(
  flags: { readonly db: string; readonly nats: string },
  name: string,
  work: (log: OpenLog) => Promise<void>,
): Promise<void> {
  const service = recoverable.find((each) => each.name === name);
  if (!service) throw new Error(`there is no service ${name}`);
  const log = await openService(service, flags, {});
  try {
    await withRelayLease(log, (lease) => work({ ...log, lease }));
  } finally {
    await log.close();
  }
}
