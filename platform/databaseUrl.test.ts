import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { after, before, describe, it } from 'mocha';
import { freePort } from '../cli/servers/ports.ts';
import { startPostgres } from '../cli/servers/postgres.ts';
import { giveFile, serverUser } from '../cli/servers/serverUser.ts';
import { urlFor, withClient } from '../cli/servers/serviceDatabase.ts';
import { ownFolder } from '../cli/servers/testing.ts';
import type { RunningServer } from '../cli/servers/types.ts';
import { openDatabase } from './database.ts';
import { databaseUrl, tlsProblemOf } from './databaseUrl.ts';
import { type TestAuthority, testAuthority } from './tls/certificates.testing.ts';

const BASE = 'postgres://order:secret@db:5432/order';
const here = import.meta.filename;

describe("a database's URL", () => {
  const problemOf = (query: string) => tlsProblemOf(new URL(`${BASE}?${query}`));

  it('may say nothing of TLS, or that certificates are looked at in full', () => {
    for (const query of [
      '',
      'application_name=x',
      'sslmode=disable',
      'sslmode=verify-full',
      `sslmode=verify-full&sslrootcert=${here}&sslcert=${here}&sslkey=${here}`,
    ]) {
      assert.equal(problemOf(query), undefined, query);
    }
  });

  it('is refused where it would encrypt without looking who is there, or be misunderstood', () => {
    for (const mode of ['require', 'prefer', 'allow', 'verify-ca', 'no-verify']) {
      assert.match(problemOf(`sslmode=${mode}`) ?? '', new RegExp(`verify-full .* instead of ${mode}`));
    }
    assert.match(problemOf('ssl=true') ?? '', /instead of ssl$/);
    assert.match(problemOf('sslmode=verify-full&uselibpqcompat=true') ?? '', /instead of uselibpqcompat$/);
    assert.match(problemOf(`sslrootcert=${here}`) ?? '', /sslmode=verify-full with sslrootcert/);
    assert.match(problemOf(`sslmode=verify-full&sslcert=${here}`) ?? '', /sslcert and sslkey together/);
    assert.match(
      problemOf('sslmode=verify-full&sslrootcert=/nowhere') ?? '',
      /sslrootcert a file that can be read/,
    );
  });

  it('says so as a setting, beside what any URL says', () => {
    const [issue] = databaseUrl('order').safeParse(`${BASE}?sslmode=require`).error?.issues ?? [];
    assert.match(issue?.message ?? '', /verify-full/);
    assert.equal(databaseUrl('order').safeParse('mysql://db').success, false);
  });
});

describe('a database that speaks TLS', function () {
  this.timeout(300_000);
  let folder: string;
  let server: RunningServer;
  let authority: TestAuthority;

  before(async () => {
    folder = ownFolder('database-tls');
    authority = testAuthority(folder);
    const { ORDERLOG_POSTGRES_URL: _, ...env } = process.env;
    const options = { dataDir: join(folder, 'postgres'), port: await freePort(), env };
    server = await startPostgres({ ...options, logFile: join(folder, 'postgres.log') });
    await speakTls();
  });
  after(() => server.stop(5_000));

  /** The roles `known` and `certified` are let in over TLS only, the latter with a certificate of its name. */
  const speakTls = () =>
    withClient(server.url, async (client) => {
      const { rows } = await client.query<{ file: string }>("select current_setting('hba_file') as file");
      const hba = rows[0]?.file ?? '';
      const give = (from: string, name: string) => {
        const to = join(dirname(hba), name);
        copyFileSync(from, to);
        giveFile(to, serverUser());
        return to;
      };
      const { cert, key, ca } = authority.issue('server', { names: 'DNS:localhost' });
      const settings = {
        ssl_cert_file: give(cert, 'tls.crt'),
        ssl_key_file: give(key, 'tls.key'),
        ssl_ca_file: give(ca, 'tls-ca.crt'),
        ssl: 'on',
      };
      for (const [name, value] of Object.entries(settings)) {
        await client.query(`alter system set ${name} = '${value}'`);
      }
      for (const role of ['known', 'certified']) {
        await client.query(`create role ${role} login password 'secret'`);
      }
      const rules = [
        'hostssl all certified all scram-sha-256 clientcert=verify-full',
        'hostssl all known all scram-sha-256',
        'host all certified,known all reject',
      ];
      writeFileSync(hba, `${rules.join('\n')}\n${readFileSync(hba, 'utf8')}`);
      await client.query('select pg_reload_conf()');
    });

  const urlOf = (role: string, parameters: Readonly<Record<string, string>>, host = 'localhost') => {
    const url = new URL(urlFor(server.url, 'postgres', role, 'secret'));
    url.hostname = host;
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  };
  async function isEncrypted(url: string): Promise<boolean> {
    const db = openDatabase({ url, applicationName: 'test', maxConnections: 1 });
    try {
      const { rows } = await sql<{ ssl: boolean }>`
        select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(db);
      return rows[0]?.ssl ?? false;
    } finally {
      await db.destroy();
    }
  }
  /** The server takes its configuration a moment after it was told to. */
  async function encryptedAtLast(url: string): Promise<boolean> {
    for (;;) {
      const answer = await isEncrypted(url).catch((error: Error) => error);
      if (answer === true) return true;
      if (!(answer instanceof Error) || !/does not support SSL|pg_hba|rejects/.test(answer.message))
        throw answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('is talked to in secret, and only if it is who the CA says it is', async () => {
    const { ca } = authority;
    assert.equal(await encryptedAtLast(urlOf('known', { sslmode: 'verify-full', sslrootcert: ca })), true);
    await assert.rejects(isEncrypted(urlOf('known', {})), /rejects connection|pg_hba/);
    const foreign = testAuthority(folder, 'foreign').ca;
    await assert.rejects(
      isEncrypted(urlOf('known', { sslmode: 'verify-full', sslrootcert: foreign })),
      /unable to verify|self-signed|signature/,
    );
    await assert.rejects(
      isEncrypted(urlOf('known', { sslmode: 'verify-full' })),
      /unable to verify|self-signed/,
    );
    await assert.rejects(
      isEncrypted(urlOf('known', { sslmode: 'verify-full', sslrootcert: ca }, 'localhost.localdomain')),
      /altnames|ENOTFOUND/,
    );
  });

  it('asks for a certificate, which must be that of the role', async () => {
    const base = { sslmode: 'verify-full', sslrootcert: authority.ca };
    const withCertificate = (of: string) => {
      const { cert, key } = authority.issue(of);
      return urlOf('certified', { ...base, sslcert: cert, sslkey: key });
    };
    assert.equal(await encryptedAtLast(withCertificate('certified')), true);
    await assert.rejects(isEncrypted(withCertificate('known')), /authentication failed for user "certified"/);
    await assert.rejects(isEncrypted(urlOf('certified', base)), /client certificate/);
  });

  it('is known by another CA as soon as its file says so', async () => {
    const bundle = join(folder, 'bundle.crt');
    const successor = testAuthority(folder, 'successor').ca;
    const url = urlOf('known', { sslmode: 'verify-full', sslrootcert: bundle });
    writeFileSync(bundle, readFileSync(successor));
    await assert.rejects(isEncrypted(url), /unable to verify|self-signed|signature/);
    writeFileSync(bundle, Buffer.concat([readFileSync(successor), readFileSync(authority.ca)]));
    assert.equal(await isEncrypted(url), true);
  });
});
