import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { catalogMachine } from './sagaTable/catalog.ts';
import { type Table, tableOf } from './sagaTable/machine.ts';
import { orderMachine } from './sagaTable/order.ts';
import { paymentMachine } from './sagaTable/payment.ts';
import { renderTable } from './sagaTable/render.ts';

describe('the table state × event', () => {
  const tables: readonly Table[] = [tableOf(orderMachine), tableOf(catalogMachine), tableOf(paymentMachine)];

  it('has no empty cell', () => {
    for (const table of tables) {
      assert.ok(table.states.length > 5 && table.arrivals.length > 3);
      assert.equal(table.cells.length, table.states.length);
      for (const row of table.cells) assert.equal(row.length, table.arrivals.length);
      const lines = renderTable(table)
        .split('\n')
        .filter((line) => line.startsWith('|'));
      for (const line of lines) assert.doesNotMatch(line, /\|\s*\|/);
    }
  });

  it('says what the real decider does', () => {
    const text = renderTable(tableOf(orderMachine));
    assert.match(
      text,
      /^\| `ExpireOrder` \| pending; reserved \| `OrderCancellationRequested` \| cancelling \|$/m,
    );
    assert.match(text, /^\| `NotePaymentProcessed` \| rejected \| .* \| rejected, captured since \|$/m);
  });

  describe('cannot be made', () => {
    it('without a sample of a state that is reached', () => {
      const states = orderMachine.states.filter(({ status }) => status !== 'cancelling');
      assert.throws(
        () => tableOf({ ...orderMachine, states }),
        /Order: CancelOrder in state pending leads to cancelling, of which there is no sample/,
      );
    });

    it('with two samples of one state', () => {
      const states = [...orderMachine.states, ...orderMachine.states.slice(0, 1)];
      assert.throws(() => tableOf({ ...orderMachine, states }), /two samples of the state none/);
    });

    it('without a sample of an event that is read, nor with one of an event that is not', () => {
      const arrivals = catalogMachine.arrivals.filter(({ command }) => command.type !== 'ReserveItems');
      assert.throws(
        () => tableOf({ ...catalogMachine, arrivals }),
        /OrderCreated is read, and has no sample/,
      );
      const [, ...subscribed] = orderMachine.subscribed;
      assert.throws(() => tableOf({ ...orderMachine, subscribed }), /has a sample, and no policy reads it/);
    });

    it('without a remedy for each refusal, nor with one for what is never refused', () => {
      const { AMOUNT_DIFFERS: _, ...remedies } = orderMachine.remedies;
      assert.throws(() => tableOf({ ...orderMachine, remedies }), /AMOUNT_DIFFERS, which has no remedy/);
      const more = { ...orderMachine.remedies, NEVER: 'do nothing' };
      assert.throws(() => tableOf({ ...orderMachine, remedies: more }), /nothing is refused with NEVER/);
    });
  });
});
