import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { layoutOf, portOf } from './layout.ts';

describe('the layout of a local system', () => {
  it('has the documented ports', () => {
    const { addresses, ports, sandboxAddress } = layoutOf('/data', undefined);
    const { admin, ...offered } = addresses;
    assert.deepEqual(Object.values(offered).map(portOf), [50_050, 50_051, 50_052, 50_053, 8_080]);
    const others = [...Object.values(ports), ...[...Object.values(admin), sandboxAddress].map(portOf)];
    assert.ok(others.every((port) => port > 50_053 && port < 50_150));
  });

  it('moves all of them with the base, each to one of its own', () => {
    const { addresses, ports, sandboxAddress } = layoutOf('/data', '21000');
    const { admin, ...offered } = addresses;
    const listening = [...Object.values(offered), ...Object.values(admin), sandboxAddress];
    const all = [...listening.map(portOf), ...Object.values(ports)];
    assert.equal(portOf(addresses.http), 21_080);
    assert.equal(new Set(all).size, all.length);
    assert.ok(all.every((port) => port >= 21_000 && port < 21_100));
  });

  it('keeps HTTP with the others wherever a base is given, be it the usual one', () => {
    assert.equal(portOf(layoutOf('/data', '50050').addresses.http), 50_130);
  });

  it('refuses a base that is no port', () => {
    assert.throws(() => layoutOf('/data', '70000'), /ORDERLOG_PORT_BASE/);
  });
});
