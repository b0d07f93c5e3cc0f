import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { databaseUrl } from '../platform/databaseUrl.ts';
import type { OrderlogError } from '../platform/errors.ts';
import { ELASTICSEARCH, givenUrl, NATS, type StoreOption } from './storeUrls.ts';

const DATABASE: StoreOption = {
  option: '--db',
  variable: 'ORDERLOG_ORDER_DATABASE_URL',
  schema: databaseUrl('order'),
};
const PASSWORD = 'a-password-of-mine';

describe('the URL of a store', () => {
  it('is what the option says, else the variable', () => {
    const env = { ORDERLOG_NATS_URL: 'tls://orderlog-nats:4222' };
    assert.equal(givenUrl(NATS, 'nats://127.0.0.1:1', env), 'nats://127.0.0.1:1');
    assert.equal(givenUrl(NATS, undefined, env), env.ORDERLOG_NATS_URL);
    assert.equal(givenUrl(NATS, undefined, { ORDERLOG_NATS_URL: '' }), undefined);
  });

  const refused: readonly [StoreOption, string, RegExp][] = [
    [DATABASE, `postgres://order:${PASSWORD}@db/order?sslmode=require`, /sslmode=verify-full/],
    [
      DATABASE,
      `postgres://order:${PASSWORD}@db/order?sslmode=verify-full&sslrootcert=/nowhere`,
      /sslrootcert a file/,
    ],
    [DATABASE, `https://order:${PASSWORD}@db/order`, /expected a URL such as postgres/],
    [NATS, `tls://operator:${PASSWORD}@127.0.0.1:4222`, /names instead of addresses/],
    [NATS, `http://operator:${PASSWORD}@nats`, /expected a URL such as nats/],
    [ELASTICSEARCH, `orderlog-es-http:9200/${PASSWORD}`, /expected a URL such as http/],
  ];
  for (const [setting, value, wanted] of refused) {
    it(`is refused where the processes would refuse it: ${value.replace(PASSWORD, '...')}`, () => {
      const told = (flag: string | undefined, env: NodeJS.ProcessEnv, name: string) =>
        assert.throws(
          () => givenUrl(setting, flag, env),
          ({ message }: OrderlogError) =>
            message.startsWith(`${name}: `) && wanted.test(message) && !message.includes(PASSWORD),
        );
      told(value, {}, setting.option);
      told(undefined, { [setting.variable]: value }, setting.variable);
    });
  }
});
