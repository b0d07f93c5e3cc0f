/** The sandbox payment provider, in a process of its own, with a ledger of its own. */
import { join } from 'node:path';
import { freePort, HOST } from '../../cli/servers/ports.ts';
import { projectFolder } from '../../cli/start/serviceParts.ts';
import { ask } from './peer.ts';
import { startScript } from './processes.ts';

export interface Charges {
  readonly captured: number;
  readonly declined: number;
}

export interface Provider {
  readonly url: string;
  /** What it has done since it was asked last. */
  charges(): Promise<Charges>;
  stop(graceMs: number): Promise<void>;
}

interface LedgerPage {
  readonly entries: readonly { readonly status: keyof Charges }[];
  readonly next: number;
}

export async function startProvider(folder: string, signal: AbortSignal): Promise<Provider> {
  const address = `${HOST}:${await freePort()}`;
  const url = `http://${address}`;
  const server = await startScript({
    name: 'sandbox',
    script: join(projectFolder, 'services', 'sandbox', 'main.ts'),
    env: {
      ORDERLOG_PROVIDER_LISTEN: address,
      ORDERLOG_PROVIDER_DATA: join(folder, 'ledger'),
      ORDERLOG_LOG_LEVEL: 'error',
    },
    probe: () => ask(`${url}/v1/faults`, 'GET'),
    folder,
    signal,
  });
  let after = 0;
  return {
    url,
    async charges() {
      const counted = { captured: 0, declined: 0 };
      for (;;) {
        const page = (await ask(`${url}/v1/ledger?after=${after}`, 'GET')) as LedgerPage;
        for (const { status } of page.entries) counted[status] += 1;
        if (page.next === after) return counted;
        after = page.next;
      }
    },
    stop: server.stop,
  };
}
