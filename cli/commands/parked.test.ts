import assert from 'node:assert/strict';
import { Command, CommanderError } from 'commander';
import { decodeJwt, UnsecuredJWT } from 'jose';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { ANYBODY, type Caller } from '../../platform/access/caller.ts';
import { type ParkedBed, startParkedBed } from '../../platform/consume/parkedBed.testing.ts';
import { silent } from '../../platform/consume/testbed.testing.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { parkedOps } from '../../platform/grpc/parkedOps.ts';
import { createGrpcServer, type GrpcServer } from '../../platform/grpc/server.ts';
import { offer } from '../../platform/grpc/service.ts';
import { OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { OrderCreated } from '../../proto/gen/orderlog/order/v1/events.ts';
import { SagaContext } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { freePorts } from '../servers/ports.ts';
import { freshDatabase, type TestNats, testNats } from '../servers/testing.ts';
import { addParkedCommand } from './parked.ts';

const UNKNOWN = '00000000-0000-5000-8000-000000000000';

/** By whatever token, though nobody has signed it; and without one. */
function admit(_: unknown, authorization: string | undefined): Caller {
  const bearer = authorization?.replace('Bearer ', '');
  return bearer ? { ...ANYBODY, bearer, caller: decodeJwt(bearer).sub ?? '' } : ANYBODY;
}

describe('orderlog parked', () => {
  let nats: TestNats;
  let beds: ParkedBed[];
  let bed: ParkedBed;
  let servers: GrpcServer[];
  let base: number;
  before(async function () {
    this.timeout(120_000);
    nats = await testNats();
  });
  beforeEach(async () => {
    beds = [];
    servers = [];
    base = await freePorts(4);
    for (const offset of [1, 2, 3]) {
      const of = await startParkedBed(nats.url, await freshDatabase());
      const server = createGrpcServer({
        logger: silent,
        services: [
          offer(OpsServiceService, {
            ...parkedOps(of.db, new Map([['puts', of.replay]])),
            getConsumerStatus: async () => ({ ranges: [...(await of.consumer.status())] }),
          }),
        ],
        listen: { host: '127.0.0.1', port: base + offset },
        listenVariable: 'LISTEN',
        admit,
      });
      await server.start();
      beds.push(of);
      servers.push(server);
    }
    bed = beds[2] as ParkedBed;
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.drain(500)));
    await Promise.all(beds.map((each) => each.stop()));
  });
  after(() => nats.stop());

  /** In this process: what the command writes, and the exit code it sets. Rejects with what the command line would report. */
  async function orderlog(...args: readonly string[]) {
    const program = new Command('orderlog').exitOverride().configureOutput({ writeErr: () => undefined });
    addParkedCommand(program);
    const written = { stdout: '', stderr: '' };
    const restore = (['stdout', 'stderr'] as const).map((name) => {
      const { write } = process[name];
      process[name].write = (text: string | Uint8Array) => {
        written[name] += String(text);
        return true;
      };
      return () => {
        process[name].write = write;
      };
    });
    process.env.ORDERLOG_PORT_BASE = String(base);
    process.exitCode = 0;
    try {
      await program.parseAsync(['parked', ...args], { from: 'user' });
      return { code: process.exitCode as number, ...written };
    } finally {
      process.exitCode = 0;
      delete process.env.ORDERLOG_PORT_BASE;
      for (const each of restore) each();
    }
  }
  /** Ids of what is listed. */
  const ids = async (...args: readonly string[]): Promise<string[]> => {
    const { stdout } = await orderlog('list', '--json', ...args);
    return (JSON.parse(stdout) as { parkedId: string }[]).map(({ parkedId }) => parkedId);
  };

  it('lists what is parked in all services, and in one that answers while another does not', async () => {
    await bed.poison('a', 1);
    await bed.log.put('a', 2);
    await beds[0]?.poison('b', 3, 'orderlog.order.v1.OrderCreated');
    await Promise.all([bed.settled(), beds[0]?.settled()]);
    const all = await orderlog('list');
    assert.match(
      all.stdout.replaceAll(/[0-9a-f-]{36}/g, 'ID').replaceAll(/\d+ s/g, 'AGE'),
      /^PARKED ID +CONSUMER +TYPE +AGGREGATE +SEQUENCE +AGE +TRIED +WAITING +ERROR\nID +puts +OrderCreated +b +1 +AGE +1 +0 +orderlog\.order\.v1\.OrderCreated cannot be handled: Error: the bug\nID +puts +Put +a +1 +AGE +1 +1 +test\.v1\.Put cannot be handled: Error: the bug\nID +puts +Put +a +2 +AGE +0 +0 +\(waits for 1 before it\)\n$/,
    );
    assert.deepEqual([all.code, all.stderr], [0, '']);
    assert.equal((await ids('--type', 'OrderCreated')).length, 1);
    const some = await orderlog('list', '--limit', '2');
    assert.equal(some.stdout.split('\n').length, 4);
    assert.match(some.stderr, /^more than 2 are parked/);
    assert.equal((await orderlog('list', '--service', 'catalog')).stdout, 'nothing is parked\n');
    await servers[0]?.drain(100);
    const without = await orderlog('list');
    assert.match(without.stdout, /\n\S+ +puts +Put +a +1 /);
    assert.match(without.stderr, /^orderlog: nobody answers at 127\.0\.0\.1:\d+\n$/);
    assert.equal(without.code, 1);
  });

  it('shows headers, the payload without its sealed token and whose it is, the error, and what waits', async () => {
    const sealedPaymentToken = { keyId: 'k1', nonce: Buffer.alloc(12), ciphertext: Buffer.from('hidden') };
    const context = SagaContext.fromPartial({ orderId: 'a', customerId: 'ada', sealedPaymentToken });
    const event = OrderCreated.fromPartial({ context, lines: [{ sku: 'SKU-COFFEE', quantity: 2 }] });
    await bed.log.publish('a', 'orderlog.order.v1.OrderCreated', OrderCreated.encode(event).finish());
    await bed.log.put('a', 2);
    await bed.settled();
    const [parkedId = '', behind = ''] = await ids();
    const { stdout, code } = await orderlog('show', parkedId);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^parked +${parkedId}\ntype +orderlog.order.v1.OrderCreated\n`));
    assert.match(stdout, /\nconsumer +puts, of the service payment\n/);
    assert.match(stdout, /\nerror +orderlog\.order\.v1\.OrderCreated cannot be handled: SyntaxError/);
    assert.match(stdout, /\n +ol-version +1\n/);
    assert.match(stdout, /\n +"customerId": "\[redacted\]"\n +}(?:.|\n)*"quantity": 2/);
    assert.match(stdout, new RegExp(`\n1 behind it\n +2 +Put +${behind}\n$`));
    const json = JSON.parse((await orderlog('show', parkedId, '--json')).stdout);
    assert.equal(json.event['@type'], 'type.googleapis.com/orderlog.order.v1.OrderCreated');
    assert.deepEqual(json.event.context, { orderId: 'a', customerId: '[redacted]' });
    assert.equal(json.waitsBehind[0].parkedId, behind);
  });

  it('replays one as a canary, an aggregate, and all of a kind', async () => {
    for (const key of ['a', 'b', 'c']) {
      await bed.poison(key, 1);
      await bed.log.put(key, 2);
    }
    await bed.settled();
    const [first = '', second = ''] = await ids();
    const early = await orderlog('replay', '--all');
    assert.equal(early.code, 1);
    assert.match(
      early.stderr,
      new RegExp(`orderlog: ${first} failed again: .*the bug\nstopped: the canary, `),
    );
    assert.deepEqual((await bed.parked())[2], '3 b tried 1');
    const still = await orderlog('replay', '--all', '--no-canary');
    assert.deepEqual([still.code, still.stdout], [1, '0 replayed, 3 failed again, 6 still parked\n']);

    bed.fixed = true;
    await assert.rejects(
      orderlog('replay', second),
      /^\S+: \S+ waits for 1 before it: replay --aggregate a$/,
    );
    const one = await orderlog('replay', first);
    assert.equal(
      one.stdout,
      `replayed Put (${bed.log.stream} 1) of a\n1 behind it: orderlog parked replay --aggregate a\n`,
    );
    const aggregate = await orderlog('replay', '--aggregate', 'a');
    assert.equal(aggregate.stdout, '1 replayed, 0 failed again, 0 still parked\n');
    const kind = await orderlog('replay', '--type', 'test.v1.Put');
    assert.equal(
      kind.stdout,
      `canary: Put (${bed.log.stream} 3) of b and what waited behind it went well\n4 replayed, 0 failed again, 0 still parked\n`,
    );
    assert.match(
      kind.stderr,
      /^puts: 2 replayed, (?:.|\n)*\nputs: 2 replayed, 0 failed again, 0 still parked\n$/,
    );
    assert.equal(kind.code, 0);
    for (const key of ['a', 'b', 'c']) assert.equal(await bed.amounts(key), '1 2');
    assert.equal((await orderlog('replay', '--all')).stdout, 'nothing to replay\n');
  });

  it('discards for a reason, and says what became of the rest', async () => {
    await bed.poison('a', 1, 'orderlog.catalog.v1.ItemPut');
    await bed.log.put('a', 2);
    await bed.poison('b', 1, 'orderlog.payment.v1.PaymentProcessed');
    await bed.settled();
    const [first = '', , pivot = ''] = await ids();
    const why = ['--reason', 'counted by hand', '--operator', 'ada'];
    await assert.rejects(
      orderlog('discard', pivot, ...why),
      /cannot be discarded: \S+ is the pivot of the saga place-order/,
    );
    const done = await orderlog('discard', first, ...why);
    assert.equal(
      done.stdout,
      `discarded ItemPut (${bed.log.stream} 1) of a\nbehind it: 1 handled, 0 still parked\n`,
    );
    assert.equal(done.code, 0);
    assert.deepEqual(await orderlog('discard', first, ...why), {
      ...done,
      stdout: `discarded ItemPut (${bed.log.stream} 1) of a\n`,
    });
  });

  it('discards in the name of whose token it is, and is told that it may in no other', async () => {
    await bed.poison('a', 1, 'orderlog.catalog.v1.ItemPut');
    await bed.settled();
    const [parkedId = ''] = await ids();
    const discard = (...operator: readonly string[]) =>
      orderlog('discard', parkedId, '--reason', 'counted by hand', ...operator);
    process.env.ORDERLOG_TOKEN = new UnsecuredJWT({ sub: 'grace' }).encode();
    try {
      await assert.rejects(discard('--operator', 'ada'), ({ reason, message }: OrderlogError) => {
        assert.match(message, /^operator_id must be the token's subject/);
        return reason === 'OPERATOR_NOT_CALLER';
      });
      assert.deepEqual(await ids(), [parkedId]);
      assert.equal((await discard()).code, 0);
      process.env.ORDERLOG_TOKEN = 'not a JWT';
      await assert.rejects(discard(), ({ reason }: OrderlogError) => reason === 'TOKEN_WITHOUT_SUBJECT');
    } finally {
      delete process.env.ORDERLOG_TOKEN;
    }
    await assert.rejects(discard('--operator', 'ada'), /grace has discarded/);
  });

  it('says what is wrong with what it is asked', async () => {
    const wrong: [readonly string[], typeof OrderlogError | typeof CommanderError, RegExp][] = [
      [['show', UNKNOWN], OrderlogError, /no parked event \S+ in order, catalog, payment: /],
      [['replay', UNKNOWN], OrderlogError, /no parked event \S+ in order, catalog, payment: /],
      [['replay', '--aggregate', 'nobody'], OrderlogError, /nothing of nobody is parked in order, catalog, /],
      [['discard', UNKNOWN, '--reason', 'x', '--operator', 'ada'], OrderlogError, /no parked event /],
      [['discard', UNKNOWN, '--reason', 'x', '--operator', 'a b'], OrderlogError, /operator_id: /],
      [['discard', UNKNOWN, '--reason', 'x'], CommanderError, /^error: give --operator <id>: without /],
      [['show', '1'], CommanderError, /give a parked id, as/],
      [['replay'], CommanderError, /give one of <parked-id>, --aggregate, --type and --all/],
      [
        ['replay', UNKNOWN, '--all'],
        CommanderError,
        /give one of <parked-id>, --aggregate, --type and --all/,
      ],
      [['replay', '--type', 'OrderCreate'], CommanderError, /no such event: did you mean OrderCreated\?/],
      [['list', '--service', 'orders'], CommanderError, /Allowed choices are order, catalog, payment/],
      [['list', '--limit', '0'], CommanderError, /from 1 to 100000/],
      [['list', '--colour'], CommanderError, /unknown option '--colour'/],
    ];
    for (const [args, kind, message] of wrong) {
      await assert.rejects(orderlog(...args), (error: Error) => {
        assert.match(error.message, message);
        return error instanceof kind;
      });
    }
  });
});
