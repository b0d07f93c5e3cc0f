/**
 * What must hold after every fault, whatever it was: what the audit says of the whole system at rest, held against the
 * clients' own journal, how the orders ended (ends.ts), and what the provider did.
 */
import { audit } from '../cli/audit/engine.ts';
import type { Finding } from '../cli/audit/finding.ts';
import { invariants } from '../cli/audit/invariants/index.ts';
import { journal as journalInvariant } from '../cli/audit/invariants/journal.ts';
import { openSources } from '../cli/audit/sources.ts';
import { urlFor } from '../cli/servers/serviceDatabase.ts';
import { type Circumstances, wrongEnds } from './ends.ts';
import type { Journal } from './journal.ts';
import { readLedger } from './ledger.ts';
import type { Looked } from './world.ts';

export interface Findings {
  /** Acknowledged, and missing, of another request, or not ended. */
  readonly lost: readonly string[];
  /** Two answers to one request, two charges or refunds of one order. */
  readonly doubled: readonly string[];
  /** Any other invariant that is broken, and orders that ended as they must not. */
  readonly violations: readonly string[];
}

export interface VerifyOptions extends Circumstances {
  /** What the fault itself broke for good. */
  readonly explains?: ((finding: Finding) => boolean) | undefined;
}

/** Throws where nobody could look. */
export async function verify(
  { system, databaseUrl }: Looked,
  journal: Journal,
  { explains = () => false, ...circumstances }: VerifyOptions = {},
): Promise<Findings> {
  const sources = await openSources({
    databases: {
      order: databaseUrl('order'),
      catalog: databaseUrl('catalog'),
      payment: databaseUrl('payment'),
    },
    nats: system.urls.nats,
    elasticsearch: system.urls.elasticsearch,
    analytics: urlFor(system.urls.postgres, 'analytics'),
    provider: `http://${system.sandboxAddress}`,
  });
  try {
    const held = journalInvariant(journal.file);
    const result = await audit(sources, { invariants: [...invariants, held], isAtRest: true });
    const found = result.violations.filter((finding) => !explains(finding));
    const [lost, violations] = [
      found.filter(isOf(held.name)),
      found.filter((each) => !isOf(held.name)(each)),
    ];
    const skipped = Object.entries(result.skipped).map(([name, why]) => `${name} was not checked: ${why}`);
    const ends = await wrongEnds(sources.databases, journal, circumstances);
    return {
      lost: lost.map(describe),
      doubled: [...journal.contradictions, ...(await doubledMoney(system.sandboxAddress))],
      violations: [...violations.map(describe), ...skipped, ...ends],
    };
  } finally {
    await sources.close();
  }
}

const isOf =
  (name: string) =>
  ({ invariant }: Finding): boolean =>
    invariant === name;

const describe = ({ invariant, subject, message, evidence }: Finding): string => {
  const details = Object.entries(evidence).map(([name, value]) => `${name} ${value}`);
  return `${invariant}: ${subject}: ${message}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
};

/** By the provider's own account. */
async function doubledMoney(address: string): Promise<string[]> {
  const entries = await readLedger(address);
  const captured = entries.filter(({ kind, status }) => kind === 'charge' && status === 'captured');
  const refunds = entries.filter(({ kind }) => kind === 'refund');
  return [
    ...moreThanOnce(captured, ({ orderId }) => orderId).map(
      ([id, n]) => `order ${id} was charged ${n} times`,
    ),
    ...moreThanOnce(refunds, ({ chargeId }) => chargeId).map(
      ([id, n]) => `charge ${id} was refunded ${n} times`,
    ),
  ];
}

const moreThanOnce = <T>(entries: readonly T[], keyOf: (entry: T) => string): [key: string, n: number][] =>
  [...Map.groupBy(entries, keyOf)].flatMap(([key, group]): [string, number][] =>
    group.length > 1 ? [[key, group.length]] : [],
  );
