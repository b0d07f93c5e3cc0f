import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { UsageError } from '../cli/usage.ts';
import { parseArguments, subjectFilter } from './arguments.ts';

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof UsageError && message.test(error.message);
const addresses = ['--order', 'a:1', '--catalog', 'b:2', '--payment', 'c:3', '--query', '[::1]:4'];

describe('the command line of the contract suite', () => {
  it('takes four addresses, or none', () => {
    const { addresses: given } = parseArguments(addresses);
    assert.deepEqual(given, { order: 'a:1', catalog: 'b:2', payment: 'c:3', query: '[::1]:4' });
    assert.equal(parseArguments([]).addresses, undefined);
    assert.throws(
      () => parseArguments(addresses.slice(0, 4)),
      refused(/--payment HOST:PORT, --query HOST:PORT/),
    );
  });

  it('refuses what is no address, no number, and options that it does not have', () => {
    for (const wrong of ['a', 'a:0', 'a:70000', 'http://a:1', '[zz]:1']) {
      assert.throws(
        () => parseArguments([...addresses, '--order', wrong]),
        refused(/--order .*give host:port/),
      );
    }
    assert.throws(() => parseArguments(['--seed', '-1']), UsageError);
    assert.throws(() => parseArguments(['--cases', 'many']), refused(/--cases many: give a whole number/));
    assert.throws(() => parseArguments(['--sed', '1']), refused(/Unknown option '--sed'/));
    assert.throws(() => parseArguments(['GetOrder']), UsageError);
  });

  it('judges only what it is told to, by short or full name, and says what there is instead', () => {
    const subjects = [
      'a.v1.Orders/GetOrder',
      'a.v1.Orders/GetOrderHistory',
      'order: b.v1.Ops/List',
      'a.v1.OrderCreated',
    ];
    const chosen = (...only: string[]) => subjects.filter(subjectFilter(only, subjects));
    assert.deepEqual(chosen(), subjects);
    assert.deepEqual(chosen('GetOrder', 'OrderCreated'), ['a.v1.Orders/GetOrder', 'a.v1.OrderCreated']);
    assert.deepEqual(chosen('Orders/GetOrder'), ['a.v1.Orders/GetOrder']);
    assert.deepEqual(chosen('b.v1.Ops/List'), ['order: b.v1.Ops/List']);
    assert.throws(() => chosen('GetOdrer'), refused(/--only GetOdrer: .*did you mean GetOrder\?/));
  });
});
