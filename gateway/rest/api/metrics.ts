/** Figures for Prometheus. */
import { ruleOf } from '../../../platform/access/rules.ts';
import { OpsServiceService } from '../../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { plainRoute, type Route } from '../route.ts';

export const metricsRoutes: readonly Route[] = [
  plainRoute({
    operationId: 'metrics',
    rule: ruleOf(OpsServiceService.getConsumerStatus.path),
    isUncounted: true,
    method: 'GET',
    path: '/metrics',
    tag: 'System',
    summary: 'Figures for Prometheus',
    answers: {
      200: {
        description: "Prometheus' text format.",
        contentType: 'text/plain',
        schema: { type: 'string' },
      },
    },
    handle: async ({ metrics }, _request, reply) =>
      reply.type(metrics.contentType).send(await metrics.text()),
  }),
];
