import assert from 'node:assert/strict';
import { Command } from 'commander';
import { describe, it } from 'mocha';
import {
  ExplainOrderResponse,
  HistoryEvent,
  StepState,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { explanationJson } from '../explain/json.ts';
import { explanationText, wrap } from '../explain/text.ts';
import { addExplainCommand } from './explain.ts';

const TIME = new Date('2026-01-02T03:04:05.678Z');
const created = HistoryEvent.fromPartial({
  eventId: 'id of OrderCreated',
  type: 'orderlog.order.v1.OrderCreated',
  version: 1,
  createTime: TIME,
});
const explanation = ExplainOrderResponse.fromPartial({
  summary: 'Order o was placed.',
  status: OrderStatus.ORDER_STATUS_PENDING,
  steps: [
    {
      step: 'reserve',
      service: 'catalog',
      state: StepState.STEP_STATE_NOT_NEEDED,
      text: 'not needed',
      beginTime: TIME,
    },
  ],
  events: [
    { service: 'order', text: 'the order was accepted', event: created },
    {
      service: 'catalog',
      text: 'the goods were set aside',
      event: {
        type: 'orderlog.catalog.v1.ItemsReserved',
        cause: { stream: 'ORDERS', eventId: created.eventId },
      },
    },
    {
      service: 'payment',
      text: 'begun',
      event: { type: '', cause: { stream: 'CATALOG', eventId: 'elsewhere' } },
    },
  ],
});

describe('orderlog explain', () => {
  /** What it says of arguments that it does not take. */
  async function refusalOf(...args: readonly string[]): Promise<string> {
    const said: string[] = [];
    const program = new Command().exitOverride();
    addExplainCommand(program);
    for (const command of [program, ...program.commands]) {
      command.exitOverride().configureOutput({ writeErr: (text) => void said.push(text) });
    }
    await assert.rejects(program.parseAsync(['explain', ...args], { from: 'user' }));
    return said.join('');
  }

  it('takes a time with its zone, a version, and not both', async () => {
    assert.match(
      await refusalOf('o', '--at', 'yesterday'),
      /give a time with its zone, such as 2026-01-02T03:04:05Z/,
    );
    assert.match(await refusalOf('o', '--at', '2026-01-02T03:04:05'), /give a time with its zone/);
    assert.match(await refusalOf('o', '--at-version', '0'), /give a whole number from 1/);
    assert.match(
      await refusalOf('o', '--at', '2026-01-02T03:04:05Z', '--at-version', '1'),
      /cannot be used with/,
    );
  });

  it('shows the paragraph, each step, and each event with what it came of', () =>
    assert.equal(
      explanationText(explanation),
      `ORDER_STATUS_PENDING

Order o was placed.

Steps
  STEP     SERVICE  STATE       SINCE
  reserve  catalog  not needed  2026-01-02T03:04:05.678Z  not needed

What happened
  TIME                      SERVICE  EVENT          BECAUSE OF
  2026-01-02T03:04:05.678Z  order    OrderCreated   –                  the order was accepted
  –                         catalog  ItemsReserved  OrderCreated       the goods were set aside
  –                         payment  ?              CATALOG elsewhere  begun
`,
    ));

  it('breaks lines between words', () =>
    assert.equal(wrap('one two three  four', 8), 'one two\nthree\nfour'));

  it('leaves out of its JSON the payloads of types that it does not know', () => {
    const event = (typeUrl: string) => ({ ...created, event: { typeUrl, value: Buffer.alloc(0) } });
    const { events } = explanationJson({
      ...explanation,
      events: [
        {
          service: 'order',
          step: '',
          text: '',
          event: event('type.googleapis.com/orderlog.order.v1.OrderCreated'),
        },
        {
          service: 'order',
          step: '',
          text: '',
          event: event('type.googleapis.com/orderlog.order.v1.OrderFrozen'),
        },
      ],
    });
    assert.deepEqual(
      (events as { event: { event?: unknown } }[]).map((each) => each.event.event !== undefined),
      [true, false],
    );
  });
});
