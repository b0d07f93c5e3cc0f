/** Parked events, for those who run the system: each service keeps its own. */
import { OpsServiceService } from '../../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { type Route, rpcRoute, SERVICES, type Served, type ServiceName } from '../route.ts';

const ofService = {
  tag: 'Operations',
  status: 200,
  choices: { service: { values: SERVICES, description: 'Whose parked events.' } },
} as const;

const opsOf = ({ ops }: Served, chosen: (name: string) => string) => ops[chosen('service') as ServiceName];

export const parkedRoutes: readonly Route[] = [
  rpcRoute(OpsServiceService.listParkedEvents, {
    ...ofService,
    operationId: 'listParkedEvents',
    method: 'GET',
    path: '/v1/parked',
    summary: 'List the events that could not be handled',
    answer: (gateway, request, call, chosen) =>
      opsOf(gateway, chosen).listParkedEvents(request, { parent: call }),
  }),
  rpcRoute(OpsServiceService.replayParkedEvents, {
    ...ofService,
    operationId: 'replayParkedEvents',
    method: 'POST',
    path: '/v1/parked/replay',
    summary: 'Handle parked events again',
    problems: { 404: 'The service has no such consumer.' },
    answer: (gateway, request, call, chosen) =>
      opsOf(gateway, chosen).replayParkedEvents(request, { parent: call }),
  }),
  rpcRoute(OpsServiceService.discardParkedEvent, {
    ...ofService,
    operationId: 'discardParkedEvent',
    method: 'POST',
    path: '/v1/parked/discard',
    summary: 'Give a parked event up',
    problems: {
      404: 'There is no such parked event.',
      409: 'It may not be given up, or waits behind another.',
    },
    answer: (gateway, request, call, chosen) =>
      opsOf(gateway, chosen).discardParkedEvent(request, { parent: call }),
  }),
];
