import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'mocha';
import {
  ConfigError,
  choice,
  commonConfig,
  integer,
  keyring,
  listenAddress,
  loadConfig,
  secretKey,
  url,
  urls,
} from './config.ts';

const key = randomBytes(32).toString('base64');
const shape = {
  ...commonConfig,
  ORDERLOG_DATABASE_URL: url('postgres://user:password@127.0.0.1:5432/name', ['postgres:', 'postgresql:']),
  ORDERLOG_NATS_URL: urls('nats://127.0.0.1:4222', ['nats:', 'tls:']).default('nats://127.0.0.1:4222'),
  ORDERLOG_LISTEN: listenAddress(),
  ORDERLOG_BATCH_SIZE: integer(1, 500, 'commands').default(500),
  ORDERLOG_MODE: choice(['SLOW', 'FAST']).default('FAST'),
  ORDERLOG_TOKEN_KEY: secretKey(),
  ORDERLOG_SEALING_KEYS: keyring(),
};
const good = {
  ORDERLOG_DATABASE_URL: 'postgresql://u:hunter2@db/orders',
  ORDERLOG_LISTEN: '[::1]:0',
  ORDERLOG_TOKEN_KEY: key,
  ORDERLOG_SEALING_KEYS: `k1:${key}`,
};

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(shape, env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}

describe('configuration', () => {
  it('is read from the environment, with defaults', () => {
    const config = loadConfig(shape, {
      ...good,
      ORDERLOG_BATCH_SIZE: '20',
      ORDERLOG_MODE: '',
      HOME: '/root',
    });
    assert.equal(config.ORDERLOG_DATABASE_URL, good.ORDERLOG_DATABASE_URL);
    assert.deepEqual(config.ORDERLOG_LISTEN, { host: '::1', port: 0 });
    assert.equal(config.ORDERLOG_BATCH_SIZE, 20);
    assert.equal(config.ORDERLOG_MODE, 'FAST');
    assert.equal(config.ORDERLOG_LOG_LEVEL, 'info');
    assert.equal(config.ORDERLOG_TOKEN_KEY.length, 32);
    assert.equal(config.ORDERLOG_SEALING_KEYS.current, 'k1');
  });

  it('tells all that is wrong at once, and what is expected', () => {
    assert.deepEqual(
      problemsOf({ ...good, ORDERLOG_LISTEN: '', ORDERLOG_BATCH_SIZE: '501', ORDERLOG_MODE: 'slow' }),
      [
        'ORDERLOG_LISTEN is not set: expected host:port, such as 127.0.0.1:50051',
        'ORDERLOG_BATCH_SIZE is wrong: expected a whole number of commands, 1 to 500',
        'ORDERLOG_MODE is wrong: expected one of SLOW, FAST',
      ],
    );
  });

  it('refuses an unknown variable, and names the nearest known one', () => {
    const typo = { ...good, ORDERLOG_BATCHSIZE: '20', ORDERLOG_COLOUR_OF_THE_SKY: 'blue' };
    assert.deepEqual(problemsOf(typo), [
      'ORDERLOG_BATCHSIZE is not known: did you mean ORDERLOG_BATCH_SIZE?',
      'ORDERLOG_COLOUR_OF_THE_SKY is not known',
    ]);
  });

  it('prints no value, since some are secrets', () => {
    const secrets = {
      ORDERLOG_DATABASE_URL: 'mysql://u:hunter2@db/orders',
      ORDERLOG_LISTEN: 'hunter2',
      ORDERLOG_TOKEN_KEY: 'hunter2',
      ORDERLOG_SEALING_KEYS: 'k1:hunter2',
      ORDERLOG_PASSWORD: 'hunter2',
    };
    const problems = problemsOf(secrets);
    assert.equal(problems.length, 5);
    assert.doesNotMatch(problems.join('\n'), /hunter2/);
  });

  it('takes several URLs where a server has several nodes', () => {
    const nodes = 'nats://one:4222, tls://two:4222,nats://three:4222';
    assert.equal(loadConfig(shape, { ...good, ORDERLOG_NATS_URL: nodes }).ORDERLOG_NATS_URL, nodes);
    for (const wrong of ['nats://one:4222,', 'nats://one:4222,http://two:4222', 'one,two']) {
      assert.deepEqual(problemsOf({ ...good, ORDERLOG_NATS_URL: wrong }), [
        'ORDERLOG_NATS_URL is wrong: expected a URL such as nats://127.0.0.1:4222, or several, separated by commas',
      ]);
    }
  });

  it('takes a port only within 0 to 65535', () => {
    for (const address of ['127.0.0.1', '127.0.0.1:', ':1', '127.0.0.1:65536', '::1:80', '[::1]']) {
      assert.equal(problemsOf({ ...good, ORDERLOG_LISTEN: address }).length, 1, address);
    }
  });
});
