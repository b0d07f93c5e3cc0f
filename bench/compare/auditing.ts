/** After the load every promise must hold, in every architecture: or its figures mean nothing. */
import { audit } from '../../cli/audit/engine.ts';
import { invariants } from '../../cli/audit/invariants/index.ts';
import { openSources, type Sources } from '../../cli/audit/sources.ts';
import type { System } from '../../cli/start/system.ts';
import type { Run } from './figures.ts';

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
export async function assertClean(system: System): Promise<Run['audit']> {
  const sources = await sourcesOf(system);
  try {
    const { violations, checked, skipped } = await audit(sources, { invariants, isAtRest: true });
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
