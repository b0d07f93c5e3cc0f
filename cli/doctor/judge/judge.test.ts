import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Finding, Level } from '../finding.ts';
import { type DatabaseFacts, judgeDatabase } from './database.ts';
import { type ElasticsearchFacts, judgeElasticsearch } from './elasticsearch.ts';
import { judgeMachine, type MachineFacts } from './machine.ts';
import { judgeNats, type NatsFacts } from './nats.ts';
import { judgeGateway, judgeService, type ServiceFacts } from './services.ts';
import { isAtLeast, versionParts } from './version.ts';

const GIB = 2 ** 30;

const machine: MachineFacts = {
  node: '26.10.0',
  java: { home: '/usr/lib/jvm/java-17' },
  folder: { path: '/data', freeBytes: 50 * GIB, secretsOpen: false, launcher: 42 },
};
const database: DatabaseFacts = {
  version: '18.4 (Debian)',
  settings: { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', data_checksums: 'on' },
  skewMs: 3,
  isReplica: false,
  standbys: { asynchronous: 0, unseen: 0, isAnyWaitedFor: false },
  eventPrivileges: [],
  isTriggerOn: true,
  connections: { used: 10, max: 100 },
  outbox: { rows: 3, oldestAgeMs: 20 },
  isPoisoned: false,
  migrations: { pending: [], changed: [] },
};
const stream = {
  name: 'ORDERS',
  found: {
    replicas: 1,
    servers: 1,
    bytes: GIB,
    maxBytes: 4 * GIB,
    messages: 7,
    missing: 0,
    problems: [] as readonly string[],
  },
};
const nats: NatsFacts = {
  version: '2.15.1',
  maxPayloadBytes: 1024 * 1024,
  skewMs: -2,
  sync: { always: true, interval: 'every 0 min' },
  streams: [stream],
};
const index = {
  name: 'orders-v1',
  durability: 'request',
  refreshInterval: '1s',
  blocks: [] as readonly string[],
};
const elasticsearch: ElasticsearchFacts = {
  version: '8.19.21',
  status: 'green',
  unassignedShards: 0,
  skewMs: 1,
  indices: [index],
  alias: 'orders',
  disk: { freeBytes: 50 * GIB, totalBytes: 100 * GIB },
  floodStage: '95%',
  checkpoint: { sequence: 40, ageMs: 900 },
  logSequence: 41,
};
const service: ServiceFacts = {
  serving: true,
  missing: [],
  relay: { leader: 'a', error: '' },
  consumers: [{ name: 'order.catalog', lag: 0, owner: 'a', error: '', parkedAggregates: 0 }],
  timersWaitFor: '',
};

const found = stream.found;
const unreachable = { unreachable: 'no answer within 5 s' };
const onDatabase = (more: Partial<DatabaseFacts>) =>
  judgeDatabase('order', { facts: { ...database, ...more } });
const settings = (more: DatabaseFacts['settings']) =>
  onDatabase({ settings: { ...database.settings, ...more } });
const standbys = (more: Partial<DatabaseFacts['standbys']>) =>
  onDatabase({ standbys: { ...database.standbys, ...more } });
const onNats = (more: Partial<NatsFacts>) => judgeNats({ facts: { ...nats, ...more } });
const onStream = (more: Partial<typeof found>) =>
  onNats({ streams: [{ name: 'ORDERS', found: { ...found, ...more } }] });
const onElasticsearch = (more: Partial<ElasticsearchFacts>) =>
  judgeElasticsearch({ facts: { ...elasticsearch, ...more } });
const onService = (more: Partial<ServiceFacts>) => judgeService('order', { facts: { ...service, ...more } });
const consumer = (more: Partial<ServiceFacts['consumers'][number]>) =>
  onService({ consumers: service.consumers.map((each) => ({ ...each, ...more })) });
const folder = (more: Partial<NonNullable<MachineFacts['folder']>>) =>
  judgeMachine({ ...machine, ...(machine.folder && { folder: { ...machine.folder, ...more } }) });

describe('the doctor', () => {
  it('finds all well where it is', () => {
    const all = [
      ...judgeMachine(machine),
      ...onDatabase({}),
      ...onNats({}),
      ...onElasticsearch({}),
      ...onService({}),
      ...judgeGateway({ facts: { ready: true, detail: 'every part answers' } }),
    ];
    assert.deepEqual(
      all.filter(({ level }) => level !== 'ok'),
      [],
    );
  });

  const cases: readonly [given: string, then: [string, Level], when: readonly Finding[], advice: RegExp][] = [
    ['an old Node', ['Node', 'fail'], judgeMachine({ ...machine, node: '20.1.0' }), /Node 24/],
    [
      'no Java',
      ['Java', 'fail'],
      judgeMachine({ ...machine, java: { problem: 'install one' } }),
      /install one/,
    ],
    ['little room', ['disk', 'warn'], folder({ freeBytes: 5 * GIB }), /make room at \/data/],
    ['no room', ['disk', 'fail'], folder({ freeBytes: GIB / 2 }), /make room/],
    ['open secrets', ['secrets', 'fail'], folder({ secretsOpen: true }), /chmod 600 \/data\/secrets.json/],
    [
      'a database that is down',
      ['reachable', 'fail'],
      judgeDatabase('order', unreachable),
      /start PostgreSQL/,
    ],
    ['an old PostgreSQL', ['version', 'fail'], onDatabase({ version: '14.9' }), /PostgreSQL 15/],
    ['fsync off', ['fsync', 'fail'], settings({ fsync: 'off' }), /set fsync = on/],
    ['torn pages', ['full_page_writes', 'fail'], settings({ full_page_writes: 'off' }), /tear pages/],
    [
      'lazy commits',
      ['synchronous_commit', 'fail'],
      settings({ synchronous_commit: 'off' }),
      /could be lost/,
    ],
    ['local commits', ['synchronous_commit', 'fail'], settings({ synchronous_commit: 'local' }), /= on/],
    ['no checksums', ['data_checksums', 'warn'], settings({ data_checksums: 'off' }), /pg_checksums/],
    ['a standby', ['primary', 'fail'], onDatabase({ isReplica: true }), /address of the primary/],
    [
      'an asynchronous standby',
      ['primary', 'fail'],
      standbys({ asynchronous: 1, isAnyWaitedFor: true }),
      /synchronous_standby_names/,
    ],
    [
      'a standby that it cannot see, and nobody waits for',
      ['primary', 'fail'],
      standbys({ unseen: 1 }),
      /synchronous_standby_names/,
    ],
    [
      'a standby that it cannot see, and somebody may wait for',
      ['primary', 'warn'],
      standbys({ unseen: 1, isAnyWaitedFor: true }),
      /grant pg_monitor/,
    ],
    [
      'a role that may update',
      ['append-only', 'fail'],
      onDatabase({ eventPrivileges: ['UPDATE'] }),
      /revoke UPDATE/,
    ],
    ['no trigger', ['append-only', 'fail'], onDatabase({ isTriggerOn: false }), /enable trigger/],
    [
      'a migration to come',
      ['migrations', 'warn'],
      onDatabase({ migrations: { pending: ['order/0003_x.sql'], changed: [] } }),
      /start order anew/,
    ],
    [
      'a migration that was changed',
      ['migrations', 'fail'],
      onDatabase({ migrations: { pending: [], changed: ['order/0001_x.sql'] } }),
      /restore the files/,
    ],
    [
      'an outbox that waits',
      ['outbox', 'warn'],
      onDatabase({ outbox: { rows: 9, oldestAgeMs: 9_000 } }),
      /relay/,
    ],
    ['an old outbox', ['outbox', 'fail'], onDatabase({ outbox: { rows: 9, oldestAgeMs: 90_000 } }), /relay/],
    [
      'few connections left',
      ['connections', 'warn'],
      onDatabase({ connections: { used: 95, max: 100 } }),
      /raise/,
    ],
    ['a clock that is off', ['clock', 'warn'], onDatabase({ skewMs: -2_000 }), /NTP/],
    ['a clock that is far off', ['clock', 'fail'], onNats({ skewMs: 3_600_000 }), /NTP/],
    [
      'a planted fault',
      ['planted fault', 'warn'],
      onDatabase({ isPoisoned: true }),
      /orderlog dev cure order/,
    ],
    ['a log that is down', ['reachable', 'fail'], judgeNats(unreachable), /start nats-server/],
    ['a slow nats-server', ['version', 'warn'], onNats({ version: '2.12.1' }), /2\.15/],
    ['one without batches', ['version', 'fail'], onNats({ version: '2.11.9' }), /atomic batches/],
    [
      'lazy syncs',
      ['sync_interval', 'fail'],
      onNats({ sync: { always: false, interval: 'every 2 min' } }),
      /sync_interval: always/,
    ],
    ['small messages', ['max_payload', 'warn'], onNats({ maxPayloadBytes: 4_096 }), /max_payload: 1MB/],
    ['no stream', ['exists', 'fail'], onNats({ streams: [{ name: 'ORDERS' }] }), /orderlog recover/],
    [
      'a lossy stream',
      ['configuration', 'fail'],
      onStream({ problems: ['max_age is 60'] }),
      /nats stream edit ORDERS/,
    ],
    ['a stream with holes', ['messages', 'fail'], onStream({ missing: 2 }), /--republish/],
    ['a stream that is filling', ['room', 'warn'], onStream({ bytes: 3.5 * GIB }), /orderlog stream grow/],
    ['a stream that is full', ['room', 'fail'], onStream({ bytes: 3.9 * GIB }), /orderlog stream grow/],
    ['one copy in a cluster', ['replicas', 'warn'], onStream({ servers: 3 }), /--replicas 3/],
    ['a read model that is down', ['reachable', 'fail'], judgeElasticsearch(unreachable), /orders go on/],
    ['an old Elasticsearch', ['version', 'fail'], onElasticsearch({ version: '8.18.0' }), /8\.19/],
    ['a yellow cluster', ['health', 'warn'], onElasticsearch({ status: 'yellow' }), /add a node/],
    ['a red cluster', ['health', 'fail'], onElasticsearch({ status: 'red' }), /orderlog rebuild orders/],
    ['no index', ['alias', 'fail'], onElasticsearch({ indices: [] }), /start the projector/],
    ['two indices', ['alias', 'fail'], onElasticsearch({ indices: [index, index] }), /leave one/],
    [
      'an asynchronous translog',
      ['translog', 'fail'],
      onElasticsearch({ indices: [{ ...index, durability: 'async' }] }),
      /durability to request/,
    ],
    [
      'no refreshes',
      ['refresh', 'warn'],
      onElasticsearch({ indices: [{ ...index, refreshInterval: '-1' }] }),
      /to 1s/,
    ],
    [
      'a read only index',
      ['blocks', 'fail'],
      onElasticsearch({ indices: [{ ...index, blocks: ['read_only_allow_delete'] }] }),
      /make room/,
    ],
    [
      'a disk near its watermarks',
      ['disk', 'warn'],
      onElasticsearch({ disk: { freeBytes: GIB, totalBytes: 10 * GIB } }),
      /make room/,
    ],
    ['a projector that lags', ['checkpoint', 'warn'], onElasticsearch({ logSequence: 5_000 }), /catches up/],
    [
      'a silent projector',
      ['checkpoint', 'fail'],
      onElasticsearch({ checkpoint: { sequence: 40, ageMs: 60_000 } }),
      /start the projector/,
    ],
    ['a service that is down', ['reachable', 'fail'], judgeService('order', unreachable), /npm start/],
    ['one that does not serve', ['serving', 'fail'], onService({ serving: false }), /see its log/],
    ['one that lacks something', ['serving', 'fail'], onService({ missing: ['nats'] }), /what it lacks/],
    ['no leader', ['relay', 'fail'], onService({ relay: { leader: '', error: '' } }), /start a replica/],
    [
      'a relay that halts',
      ['relay', 'fail'],
      onService({ relay: { leader: 'a', error: 'x' } }),
      /orderlog recover/,
    ],
    ['a consumer that lags', ['consumer order.catalog', 'warn'], consumer({ lag: 1_000 }), /add a replica/],
    ['one that nobody owns', ['consumer order.catalog', 'fail'], consumer({ owner: '' }), /start a replica/],
    ['one that fails', ['consumer order.catalog', 'fail'], consumer({ error: 'x' }), /see its log/],
    [
      'parked events',
      ['parked at order.catalog', 'warn'],
      consumer({ parkedAggregates: 1 }),
      /orderlog parked/,
    ],
    ['deadlines that wait', ['deadlines', 'warn'], onService({ timersWaitFor: 'a watermark' }), /act once/],
    ['a gateway that is down', ['reachable', 'fail'], judgeGateway(unreachable), /start it/],
    [
      'a gateway that is not ready',
      ['ready', 'fail'],
      judgeGateway({ facts: { ready: false, detail: 'order: no' } }),
      /parts that it names/,
    ],
  ];
  for (const [given, [check, level], findings, advice] of cases) {
    it(`tells of ${given}: ${level}, with what to do`, () => {
      const bad = findings.filter((finding) => finding.level !== 'ok');
      assert.deepEqual(
        bad.map((finding) => [finding.check, finding.level]),
        [[check, level]],
      );
      assert.match(bad[0]?.advice ?? '', advice);
    });
  }

  it('warns where sync_interval cannot be seen', () => {
    const { sync: _, ...unseen } = nats;
    const bad = judgeNats({ facts: unseen }).filter(({ level }) => level !== 'ok');
    assert.match(bad[0]?.advice ?? '', /--nats-monitor/);
  });

  it('compares versions part by part', () => {
    assert.deepEqual(versionParts('v2.15.1-beta'), [2, 15, 1]);
    assert.deepEqual(
      [isAtLeast('2.9', [2, 15]), isAtLeast('3.0', [2, 15]), isAtLeast('2.15', [2, 15]), isAtLeast('?', [1])],
      [false, true, true, false],
    );
  });
});
