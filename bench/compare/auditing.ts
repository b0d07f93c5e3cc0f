/** After the load every promise must hold, in every architecture: or its figures mean nothing. */
import { audit } from '../../cli/audit/engine.ts';
import { invariants } from '../../cli/audit/invariants/index.ts';
import { saying } from '../../cli/audit/progressLine.ts';
import { openSources, type Sources } from '../../cli/audit/sources.ts';
import type { System } from '../../cli/start/system.ts';
import type { Run } from './figures.ts';

const SAID_EVERY_MS = 2_000;

/** All that an audit looks at. */
export function sourcesOf({ urls, sandboxAddress }: System): Promise<Sources> {
  const urlOf = (service: string) => urls.databases.get(service)?.url ?? '';
  return openSources({
    databases: { order: urlOf('order'), catalog: urlOf('catalog'), payment: urlOf('payment') },
    nats: urls.nats,
    ...(urls.elasticsearch ? { elasticsearch: urls.elasticsearch, analytics: urlOf('analytics') } : {}),
    provider: `http://${sandboxAddress}`,
  });
}

/** Throws with what is broken. */
export async function assertClean(system: System, say: (line: string) => void): Promise<Run['audit']> {
  const sources = await sourcesOf(system);
  try {
    const options = { invariants, isAtRest: true, observer: saying(say, SAID_EVERY_MS) };
    const { violations, checked, skipped } = await audit(sources, options);
    const [first] = violations;
    if (first) {
      const what = `${first.invariant}: ${first.subject}: ${first.message}`;
      throw new Error(`the audit found ${violations.length} violations, such as ${what}`);
    }
    return { checked, skipped };
  } finally {
    await sources.close();
  }
}
