import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it } from 'mocha';
import { startElasticsearch } from '../../cli/servers/elasticsearch.ts';
import { freePorts } from '../../cli/servers/ports.ts';
import { testFolder, testNats } from '../../cli/servers/testing.ts';
import { completedOrder, orderOf, ordersLog } from './ordersLog.testing.ts';
import { eventually, startProjector, testModel } from './testbed.testing.ts';

describe('projector and an Elasticsearch that is killed', function () {
  this.timeout(180_000);
  const stops: (() => Promise<unknown>)[] = [];
  after(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  it('has every order in the read model once it is back', async () => {
    const port = await freePorts(2);
    const folder = join(testFolder(), 'killed-elasticsearch');
    // Its own, to be killed: not the one that the environment may name.
    const { ORDERLOG_ELASTICSEARCH_URL: _, ...env } = process.env;
    const options = { dataDir: folder, logFile: `${folder}.log`, port, transportPort: port + 1, env };
    const first = await startElasticsearch(options);
    stops.push(() => first.stop(1_000));
    const nats = await testNats();
    stops.push(() => nats.stop());
    const log = await ordersLog(nats.url);
    stops.push(() => log.remove());
    const model = testModel(first.url);
    stops.push(() => model.es.close());
    const projector = startProjector({ log, model });
    stops.push(() => projector.stop());

    const orders = Array.from({ length: 200 }, () => completedOrder());
    const publish = (from: number, to: number) => log.publish(...orders.slice(from, to).flat());
    const publishing = publish(0, 100);
    await eventually(async () => assert((await model.checkpoint()) > 0));
    first.kill('SIGKILL');
    await Promise.all([first.exited, publishing]);
    const last = await publish(100, 200);

    const second = await startElasticsearch(options);
    stops.push(() => second.stop(5_000));
    await model.reached(last, 60_000);
    for (const order of orders) assert.equal((await model.view(orderOf(order)))?.version, 4);
  });
});
