import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { defineSaga, readSaga } from '../../platform/saga/definition.ts';
import { graphOf } from '../../platform/saga/graph.ts';
import { withEvent } from '../../platform/saga/samples.testing.ts';
import { duration } from '../../platform/saga/words.ts';
import { place } from './layout.ts';
import { lintText } from './lint.ts';
import { registeredPolicies } from './policies.ts';
import { sagaText } from './show.ts';

const saga = readSaga('place-order');

describe('orderlog saga', () => {
  it('shows steps, ends and ways back as tables', () => {
    const text = sagaText(saga, 'table').replaceAll(/ {2,}/g, ' | ');
    assert.match(
      text,
      /^Saga place-order: starts with OrderCreated, at most 15 min; then, .*, cancel begins\n\nSteps\n/,
    );
    assert.match(
      text,
      /\| charge \| payment \| pivot \| ItemsReserved \| PaymentProcessed \| PaymentFailed \| PaymentNeedsReview \| 5 min\n/,
    );
    assert.match(
      text,
      /\| OrderRefunded, after OrderCompleted \| rolls back \| PaymentRefunded \| return: ReservationReturned\n/,
    );
    assert.match(text, /\| charge \| PaymentFailed \| OrderCancelled \| undo reserve: ReservationReleased\n/);
  });

  it('shows each step, compensation and end in the diagrams, and how they are connected', () => {
    const mermaid = sagaText(saga, 'mermaid');
    assert.match(mermaid, /^flowchart LR\n {2}start\(\["<b>OrderCreated<\/b>/);
    for (const edge of [
      'start --> step_reserve',
      'step_charge -->|"PaymentProcessed"| done_OrderCompleted',
      'step_charge -.->|"PaymentFailed"| done_OrderCancelled',
      'step_cancel -.->|"PaymentVoided<br/>PaymentRefunded"| done_OrderCancelled',
      'done_OrderCancelled -.-> undo_reserve',
    ]) {
      assert.ok(mermaid.includes(`  ${edge}\n`), `no edge ${edge} in\n${mermaid}`);
    }
    const { nodes, edges } = graphOf(saga);
    const connected = new Set(edges.flatMap(({ from, to }) => [from, to]));
    assert.deepEqual(
      nodes.map(({ id }) => id).filter((id) => !connected.has(id)),
      [],
    );
  });

  it('draws every node in a place of its own, the way to completion in the first row', () => {
    const placed = place(graphOf(saga));
    assert.equal(placed.length, graphOf(saga).nodes.length);
    assert.equal(new Set(placed.map(({ column, row }) => `${column} ${row}`)).size, placed.length);
    const first = placed.filter(({ row }) => row === 0).sort((a, b) => a.column - b.column);
    assert.deepEqual(
      first.map(({ title }) => title),
      ['OrderCreated', 'reserve', 'charge', 'OrderCompleted', 'confirm'],
    );
  });

  it('draws for light and for dark, and escapes what it is given', () => {
    const text = sagaText({ ...saga, name: 'a <b> & "c"' }, 'svg');
    assert.match(text, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
    assert.match(text, /@media \(prefers-color-scheme: dark\)/);
    assert.match(text, />The saga a &#60;b&#62; &#38; &#34;c&#34;</);
    const names = [...text.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)].filter(([, , , closed]) => !closed);
    const open: (string | undefined)[] = [];
    for (const [, end, name] of names)
      if (end) assert.equal(open.pop(), name);
      else open.push(name);
    assert.deepEqual(open, []);
  });

  it('draws a definition that goes in a circle', () => {
    const round = defineSaga('place-order', withEvent('PaymentFailed', { next: ['reserve'] }));
    assert.match(sagaText(round, 'svg'), /PaymentFailed</);
  });

  it('shows the definition as data', () =>
    assert.deepEqual(JSON.parse(sagaText(saga, 'json')), JSON.parse(JSON.stringify(saga))));

  it('says in one line that there are no findings, and else each with how to mend it', () => {
    assert.deepEqual(lintText(saga, registeredPolicies), {
      text: `saga place-order: ${saga.steps.length} steps, ${saga.events.length} events, no findings\n`,
      findings: [],
    });
    const broken = defineSaga('place-order', withEvent('PaymentProcessed', { deadlineMs: undefined }));
    assert.equal(
      lintText(broken, registeredPolicies).text,
      '✗ deadline: orderlog.payment.v1.PaymentProcessed: the step charge has no deadline\n' +
        '    to mend it: set deadline: {seconds: ...} to what it may take\n' +
        `saga place-order: ${saga.steps.length} steps, ${saga.events.length} events, 1 finding\n`,
    );
  });

  it('says times in whole units', () =>
    assert.deepEqual([86_400_000, 900_000, 90_000, 1_500, undefined].map(duration), [
      '1 d',
      '15 min',
      '90 s',
      '1500 ms',
      'no deadline',
    ]));
});
