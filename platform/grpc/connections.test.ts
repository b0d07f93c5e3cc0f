import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createConnections } from './connections.ts';

describe('connections', () => {
  it('are modest with less than half of an equal share', () => {
    const connections = createConnections();
    const enter = (peer: string, count: number) => {
      for (let n = 0; n < count; n++) connections.enter(peer);
    };
    assert.equal(connections.isModest('storm'), false, 'nobody is modest alone');
    enter('storm', 100);
    assert.equal(connections.isModest('storm'), false);
    assert.equal(connections.isModest('patient'), true);
    enter('patient', 30);
    assert.equal(connections.isModest('patient'), true);
    enter('patient', 10);
    assert.equal(connections.isModest('patient'), false);
    for (let n = 0; n < 100; n++) connections.leave('storm');
    assert.equal(connections.isModest('patient'), false);
    assert.equal(connections.isModest('storm'), true);
  });

  it('that are alike are none of them modest', () => {
    const connections = createConnections();
    const peers = ['a', 'b', 'c'];
    for (const peer of peers) for (let n = 0; n < 10; n++) connections.enter(peer);
    assert.deepEqual(peers.map(connections.isModest), [false, false, false]);
  });
});
