import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { serversFor } from './localServers.ts';
import { services, servicesFor } from './services.ts';

describe('the parts of a system', () => {
  const names = (env: NodeJS.ProcessEnv) => [...serversFor(env), ...servicesFor(env).map(({ name }) => name)];

  it('leave out the read model where reads come from the aggregates', () => {
    const all = ['postgres', 'nats', 'elasticsearch', ...services.map(({ name }) => name)];
    assert.deepEqual(names({}), all);
    assert.deepEqual(names({ ORDERLOG_READS: 'projection' }), all);
    const without = all.filter((name) => name !== 'elasticsearch' && name !== 'projector');
    assert.deepEqual(names({ ORDERLOG_READS: 'aggregate' }), without);
  });

  it('hand on to the Order service and the gateway what is set for them', () => {
    const settingsOf = (wanted: string) => services.find(({ name }) => name === wanted)?.settings ?? [];
    assert.ok(settingsOf('order').includes('ORDERLOG_ORDER_STORE'));
    assert.ok(settingsOf('gateway').includes('ORDERLOG_READS'));
  });
});
