/** What an audit says of the whole system at rest, held against the journal of what was acknowledged. */
import { audit } from '../../cli/audit/engine.ts';
import { invariants } from '../../cli/audit/invariants/index.ts';
import { journal } from '../../cli/audit/invariants/journal.ts';
import { openSources } from '../../cli/audit/sources.ts';
import type { Bed } from './bed.ts';

/** Violations, and events that wait for an operator; empty if all is well. */
export async function complaintsOf({ world, journal: { file } }: Bed): Promise<readonly string[]> {
  const { system, databaseUrl } = world;
  const sources = await openSources({
    databases: {
      order: databaseUrl('order'),
      catalog: databaseUrl('catalog'),
      payment: databaseUrl('payment'),
    },
    nats: system.urls.nats,
    provider: `http://${system.sandboxAddress}`,
  });
  try {
    const { violations, notes } = await audit(sources, {
      invariants: [...invariants, journal(file)],
      isAtRest: true,
    });
    const parked = notes.filter(({ invariant }) => invariant === 'parked');
    return [...violations, ...parked].map((finding) => JSON.stringify(finding));
  } finally {
    await sources.close();
  }
}
