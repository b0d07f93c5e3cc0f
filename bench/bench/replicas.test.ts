import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { layoutOf, portOf } from '../../cli/start/layout.ts';
import { replicaAddress } from './replicas.ts';

const REPLICAS = 3;

describe('replicas of the services', () => {
  it('listen where nothing else of their system does', () => {
    const { addresses, sandboxAddress, webhookAddress, ports } = layoutOf('/data', '20000');
    const { admin, ...services } = addresses;
    const own = [...Object.values(services), ...Object.values(admin), sandboxAddress, webhookAddress].map(
      portOf,
    );
    const others = (['order', 'catalog', 'payment', 'gateway'] as const).flatMap((service) =>
      Array.from({ length: REPLICAS - 1 }, (_, n) => portOf(replicaAddress({ addresses }, service, n + 2))),
    );
    const all = [...own, ...Object.values(ports), ...others];
    assert.deepEqual([...new Set(all)], all);
  });
});
