import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import { testElasticsearch } from '../../cli/servers/testing.ts';
import { offer } from '../../platform/grpc/service.ts';
import { createLags } from '../../platform/lagHistogram.ts';
import { GetRelayStatusResponse, OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import {
  serviceDouble,
  startGateway,
  type TestGateway,
  type TestReadModel,
  type TestServer,
  testReadModel,
} from '../testbed.testing.ts';

describe('the metrics of the gateway', () => {
  let model: TestReadModel;
  let services: TestServer;
  let gateway: TestGateway;

  before(async function () {
    this.timeout(120_000);
    model = await testReadModel((await testElasticsearch()).url);
    services = await serviceDouble(
      offer(OpsServiceService, {
        getRelayStatus: async () => GetRelayStatusResponse.fromPartial({ position: 40n, outboxDepth: 2n }),
      }),
    );
    gateway = await startGateway({ ...model, orderAddress: services.address });
  });
  after(async () => {
    await gateway.stop();
    await services.stop();
    await model.remove();
  });

  const samples = async (): Promise<ReadonlyMap<string, number>> => {
    const answer = await fetch(`${gateway.http}/metrics`);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
    // Every figure says whose it is; what else it says is looked at.
    const told = (await answer.text())
      .replaceAll(/,?process="gateway"/g, '')
      .replaceAll('{}', '')
      .replaceAll('{,', '{');
    const lines = told.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(lines.map((line) => [line.replace(/ \S+$/, ''), Number(line.split(' ').at(-1))]));
  };

  it('count REST by the template of the route, and gRPC by the method', async () => {
    const id = randomUUID();
    await (await fetch(`${gateway.http}/v1/orders/${id}/history`)).text();
    await (await fetch(`${gateway.http}/nothing/${id}`)).text();
    await assert.rejects(gateway.query.getOrder({ orderId: 'none', consistencyToken: '' }));
    const all = await samples();
    const http = 'orderlog_http_request_duration_seconds_count';
    assert.equal(all.get(`${http}{method="GET",route="/v1/orders/:id/history",status="501"}`), 1);
    assert.equal(all.get(`${http}{method="GET",route="none",status="404"}`), 1);
    const method = 'orderlog.query.v1.OrderQueryService/GetOrder';
    const grpc = 'orderlog_grpc_call_duration_seconds_count';
    assert.equal(all.get(`${grpc}{method="${method}",code="INVALID_ARGUMENT"}`), 1);
    assert.ok([...all.keys()].every((name) => !name.includes(id)));
    assert.ok(all.has('nodejs_eventloop_lag_p99_seconds'));
    assert.equal(all.get('orderlog_breaker_state{breaker="elasticsearch",state="closed"}'), 1);
  });

  it("tell the read model's lag as its projector counted it, and what it lacks", async () => {
    const lags = createLags();
    for (let n = 0; n < 99; n += 1) lags.observe(18);
    lags.observe(1_500);
    await model.writeCheckpoint({ sequence: 35, lags: lags.seen() });
    const [events, count] = ['orderlog_read_model_lag_events', 'orderlog_read_model_lag_seconds_count'];
    const all = new Map<string, number>();
    while (!all.has(events) || !all.has(count)) {
      for (const [name, value] of await samples()) all.set(name, value);
    }
    assert.equal(all.get(events), 7);
    assert.equal(all.get(count), 100);
    assert.equal(all.get('orderlog_read_model_lag_seconds_bucket{le="0.02"}'), 99);
    assert.equal(all.get('orderlog_read_model_lag_seconds_bucket{le="+Inf"}'), 100);
    const p50 = all.get('orderlog_read_model_lag_p50_seconds') ?? 0;
    assert.ok(p50 > 0.01 && p50 <= 0.02, `${p50}`);
  });
});
