/** Each stage of Orderlog alone, beside its own limit: what the servers under it take by themselves. */
import type { Comparison } from '../bench/measure.ts';
import { commandPath, commandPathByGrpc } from './commandPath.ts';
import { consumer } from './consumer.ts';
import { gatewayByGrpc, gatewayByRest } from './gateway.ts';
import { projector } from './projector.ts';
import { rebuild } from './rebuild.ts';
import { relay } from './relay.ts';

export const STAGES: readonly Comparison[] = [
  commandPath,
  commandPathByGrpc,
  relay,
  consumer,
  projector,
  gatewayByGrpc,
  gatewayByRest,
  rebuild,
];
