/** Asks every part at once, each within a bound, and judges what it hears. */
import type { DatabaseName } from '../localSystem.ts';
import { recoverable } from '../recover/services.ts';
import type { DoctorAddresses } from './addresses.ts';
import { type Asked, type Finding, findingsOf, isReached } from './finding.ts';
import { ask } from './gather/ask.ts';
import { databaseFacts } from './gather/database.ts';
import { elasticsearchFacts } from './gather/elasticsearch.ts';
import { machineFacts } from './gather/machine.ts';
import { natsFacts } from './gather/nats.ts';
import { gatewayFacts, serviceFacts } from './gather/services.ts';
import { judgeDatabase } from './judge/database.ts';
import { type ElasticsearchFacts, judgeElasticsearch } from './judge/elasticsearch.ts';
import { judgeMachine } from './judge/machine.ts';
import { judgeNats } from './judge/nats.ts';
import { judgeGateway, judgeService } from './judge/services.ts';

type Servers = NonNullable<DoctorAddresses['servers']>;

export async function examine(
  addresses: DoctorAddresses,
  env: NodeJS.ProcessEnv,
): Promise<readonly Finding[]> {
  const { servers, layout, why } = addresses;
  const needsJava =
    layout !== undefined && servers?.elasticsearch !== undefined && !env.ORDERLOG_ELASTICSEARCH_URL;
  const machine = machineFacts(layout, env, needsJava).then(judgeMachine);
  if (!servers) {
    const { fail } = findingsOf('system');
    const advice =
      'npm start, or set ORDERLOG_DATA_DIR to its folder, or give the addresses (orderlog doctor --help)';
    return [...(await machine), fail('started', why ?? 'no', advice)];
  }
  const all = await Promise.all([machine, ofServers(servers, addresses), ofServices(addresses)]);
  return all.flat();
}

async function ofServers(servers: Servers, addresses: DoctorAddresses): Promise<readonly Finding[]> {
  const [databases, nats, elasticsearch] = await Promise.all([
    Promise.all(
      recoverable.map(async ({ name, migrations }) => {
        const asked = await ask(() => databaseFacts(databaseOf(name, servers, addresses), migrations));
        return judgeDatabase(name, asked);
      }),
    ),
    ask((signal) =>
      natsFacts(
        {
          url: servers.nats,
          tls: servers.tls?.nats,
          ...(servers.monitor !== undefined && { monitor: servers.monitor }),
        },
        signal,
      ),
    ),
    servers.elasticsearch === undefined
      ? undefined
      : ask(() => elasticsearchFacts(servers.elasticsearch ?? '', servers.tls?.elasticsearch)),
  ]);
  const orders = isReached(nats) ? nats.facts.lastSequences.get('ORDERS') : undefined;
  return [
    ...databases.flat(),
    ...judgeNats(nats),
    ...(elasticsearch ? judgeElasticsearch(withLog(elasticsearch, orders)) : []),
  ];
}

const databaseOf = (name: DatabaseName, servers: Servers, { databases }: DoctorAddresses) => ({
  url: servers.databases[name],
  ...(databases && { migrationUrl: databases[name].migrationUrl }),
});

const withLog = (
  asked: Asked<ElasticsearchFacts>,
  logSequence: number | undefined,
): Asked<ElasticsearchFacts> =>
  isReached(asked) && logSequence !== undefined ? { facts: { ...asked.facts, logSequence } } : asked;

async function ofServices({ services }: DoctorAddresses): Promise<readonly Finding[]> {
  const [gateway, ...others] = await Promise.all([
    ask((signal) => gatewayFacts(services.http, signal)).then(judgeGateway),
    ...recoverable.map(async ({ name }) => judgeService(name, await ask(() => serviceFacts(services[name])))),
  ]);
  return [...others.flat(), ...gateway];
}
