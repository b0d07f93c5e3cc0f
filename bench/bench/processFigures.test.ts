import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { OrderTurn } from './orderTurn.ts';
import { memoryGoal, processesOf } from './processFigures.ts';

const turn = (cpuMs: number, memoryMb: number): OrderTurn => ({
  rate: 1,
  orders: 10,
  refused: 0,
  cpuMsPerOrder: new Map([
    ['postgres', cpuMs],
    ['order', 2 * cpuMs],
  ]),
  memoryMb: new Map([
    ['order', memoryMb],
    ['gateway', 90],
  ]),
});

describe('what processes took', () => {
  const turns = [turn(1, 150), turn(3, 210), turn(1.5, 160)];

  it('is the median of CPU an order, and memory at its most, of services alone', () => {
    assert.deepEqual(processesOf(turns), [
      { name: 'postgres', cpuMsPerOrder: 1.5 },
      { name: 'order', cpuMsPerOrder: 3, memoryMb: 210 },
    ]);
  });

  it('has a bound for the largest service of each turn', () => {
    assert.deepEqual(memoryGoal(turns).values, [150, 210, 160]);
    assert.equal(memoryGoal(turns).below, 200);
  });
});
