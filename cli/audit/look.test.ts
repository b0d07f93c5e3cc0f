import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'mocha';
import { within } from '../../platform/wait.ts';
import { urlFor, withClient } from '../servers/serviceDatabase.ts';
import { type AuditBed, startAuditBed } from './auditBed.testing.ts';
import { takeLook } from './look.ts';
import { type Addresses, openSources } from './sources.ts';

const ENDS_WITHIN_MS = 20_000;

describe('a look where one database cannot be read', function () {
  this.timeout(120_000);
  let bed: AuditBed;
  let addresses: Addresses;
  before(async () => {
    bed = await startAuditBed();
    const { databases } = bed.addresses;
    addresses = {
      ...bed.addresses,
      databases: { ...databases, payment: urlFor(databases.payment, 'no_such_database') },
    };
  });
  after(() => bed?.stop());

  const leftOpen = () =>
    withClient(bed.addresses.databases.order, async (client) => {
      const { rows } = await client.query<{ datname: string }>(
        `select datname from pg_stat_activity
        where application_name = 'orderlog audit' and state like 'idle in transaction%'`,
      );
      return rows.map(({ datname }) => datname);
    });

  it('says which, and leaves nothing open in the others, however often it is tried', async () => {
    const sources = await openSources(addresses);
    try {
      for (let round = 0; round < 4; round++) {
        await assert.rejects(
          within(ENDS_WITHIN_MS, takeLook(sources, { isAtRest: false, settleMs: 0 }), () => undefined),
          /the database of payment cannot be read: .*no_such_database/,
        );
        assert.deepEqual(await leftOpen(), []);
      }
    } finally {
      await within(ENDS_WITHIN_MS, sources.close(), () => assert.fail('its connections are not given back'));
    }
  });

  it('ends the command with the exit code of that', async () => {
    const { order, catalog, payment } = addresses.databases;
    const flags = [
      '--order-db',
      order,
      '--catalog-db',
      catalog,
      '--payment-db',
      payment,
      '--nats',
      addresses.nats,
    ];
    const ran = await new Promise((resolve) => {
      const options = { timeout: ENDS_WITHIN_MS, killSignal: 'SIGKILL' } as const;
      const child = execFile(process.execPath, ['cli/bin.js', 'audit', ...flags], options, (_, __, err) =>
        resolve({ code: child.exitCode, err }),
      );
    });
    assert.deepEqual(ran, {
      code: 3,
      err: 'orderlog: could not look: the database of payment cannot be read: database "no_such_database" does not exist\n',
    });
  });
});
