/** All kinds, at the addresses of one system. */
import type { Addresses } from '../cli/addresses.ts';
import { readImage } from '../contract/image.ts';
import { targetsAt } from '../contract/targets.ts';
import type { AnyKind } from './kind.ts';
import { grpcBytes } from './kinds/grpcBytes.ts';
import { grpcRequests } from './kinds/grpcRequests.ts';
import { httpBytes } from './kinds/httpBytes.ts';
import type { OpenApi } from './kinds/restInputs.ts';
import { restRequests } from './kinds/restRequests.ts';

/** Close each. Throws where the gateway does not serve its document. */
export async function kindsAt({
  order,
  catalog,
  payment,
  gateway,
  http,
}: Omit<Addresses, 'admin'>): Promise<readonly AnyKind[]> {
  const image = readImage();
  const targets = () => targetsAt(image, { order, catalog, payment, query: gateway });
  const document = (await (await fetch(`http://${http}/openapi.json`)).json()) as OpenApi;
  return [
    grpcRequests(image, targets()),
    restRequests(http, document),
    grpcBytes(targets()),
    httpBytes(http),
  ];
}
