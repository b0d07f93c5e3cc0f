import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { SECTION_IDS } from './figures.ts';
import { HELP, orderOf } from './options.ts';
import { fullPlan, quickPlan } from './plan.ts';

describe('the options of the benchmark', () => {
  it('are all sections of the full plan, unless something else is said', () => {
    assert.deepEqual(orderOf([]), {
      plan: fullPlan,
      quick: false,
      only: SECTION_IDS,
      report: false,
      out: 'docs',
    });
  });

  it('choose sections, rounds and seconds', () => {
    const order = orderOf(['--quick', '--only', 'latency,soak', '--rounds', '3', '--seconds', '7']);
    assert.ok(order !== 'help');
    assert.deepEqual(order.only, ['latency', 'soak']);
    assert.deepEqual(order.plan, { ...quickPlan, rounds: 3, seconds: 7 });
    assert.equal(order.out, '.orderlog/performance');
  });

  it('are refused with what would be right', () => {
    assert.throws(() => orderOf(['--fast']), { message: /Unknown option '--fast'/ });
    assert.throws(() => orderOf(['--only', 'latency,lag']), {
      message: /--only lag: there is no such section; there are all-in, stages,/,
    });
    assert.throws(() => orderOf(['--rounds', '0']), {
      message: '--rounds 0: give a whole number from 1 to 50',
    });
    assert.throws(() => orderOf(['--seconds', 'many']), { message: /--seconds many: give a whole number/ });
  });

  it('can be asked for', () => {
    assert.equal(orderOf(['--help']), 'help');
    for (const id of SECTION_IDS) assert.ok(HELP.includes(id), id);
  });
});
