import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { clearSecrets } from './clearSecrets.ts';
import type { EnvEntry } from './manifests.ts';

const referred = (name: string): EnvEntry => ({
  name,
  valueFrom: { secretKeyRef: { name: 'a', key: 'password' } },
});
const given = (name: string, value: string): EnvEntry => ({ name, value });
const inTheClear = (...entries: readonly EnvEntry[]) => clearSecrets(entries);

describe('secrets in the clear', () => {
  it('are none where they are references, and where there is nothing to hide', () => {
    const found = inTheClear(
      referred('PGPASSWORD'),
      referred('NATS_PASSWORD'),
      referred('ORDERLOG_CONSISTENCY_KEY'),
      given('ORDERLOG_DATABASE_URL', 'postgres://order@$(POSTGRES_ADDRESS)/order$(POSTGRES_TLS)'),
      given('ORDERLOG_NATS_URL', '$(NATS_SCHEME)://order:$(NATS_PASSWORD)@$(NATS_ADDRESS)'),
      given('ORDERLOG_ELASTICSEARCH_URL', 'http://orderlog-es-http:9200'),
      given('ORDERLOG_SERVICE_TOKEN_FILE', '/etc/orderlog/own-token/token'),
      given('ORDERLOG_WEBHOOK_SECRETS', ''),
    );
    assert.deepEqual(found, []);
  });

  for (const [what, entry] of [
    ['a key', given('ORDERLOG_CONSISTENCY_KEY', 'hunter2')],
    ['the password of a database', given('ORDERLOG_DATABASE_URL', 'postgres://order:hunter2@host/order')],
    ['that of a migration', given('ORDERLOG_ORDER_MIGRATION_DATABASE_URL', 'postgres://a:hunter2@host/a')],
    ['that of the log', given('ORDERLOG_NATS_URL', 'nats://$(U):$(NATS_PASSWORD)@a,nats://a:hunter2@b')],
    ['that of a URL that need not have one', given('ORDERLOG_ELASTICSEARCH_URL', 'https://a:hunter2@host')],
    ['a password by itself', given('NATS_ORDER_PASSWORD', 'hunter2')],
  ] as const) {
    it(`are found: ${what}`, () => {
      assert.deepEqual(inTheClear(referred('PGPASSWORD'), referred('NATS_PASSWORD'), entry), [entry.name]);
    });
  }

  it('are found: a database whose password is not referred to', () => {
    const entry = given('ORDERLOG_DATABASE_URL', 'postgres://order@host/order');
    assert.deepEqual(inTheClear(entry), [entry.name]);
  });
});
