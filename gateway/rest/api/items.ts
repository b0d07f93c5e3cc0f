/** Items and their stock, as Catalog keeps them. */
import { CatalogServiceService } from '../../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { type Route, rpcRoute } from '../route.ts';

const noSuchItem = 'There is no such item.';

export const itemRoutes: readonly Route[] = [
  rpcRoute(CatalogServiceService.listItems, {
    operationId: 'listItems',
    method: 'GET',
    path: '/v1/items',
    tag: 'Items',
    summary: 'List the items',
    status: 200,
    answer: ({ catalog }, request, call) => catalog.listItems(request, { parent: call }),
  }),
  rpcRoute(CatalogServiceService.getItem, {
    operationId: 'getItem',
    method: 'GET',
    path: '/v1/items/{sku}',
    tag: 'Items',
    summary: 'Read an item',
    status: 200,
    problems: { 404: noSuchItem },
    answer: ({ catalog }, request, call) => catalog.getItem(request, { parent: call }),
  }),
  rpcRoute(CatalogServiceService.adjustStock, {
    operationId: 'adjustStock',
    method: 'POST',
    path: '/v1/items/{sku}/adjustments',
    tag: 'Items',
    summary: 'Add to the stock, or take from it',
    status: 200,
    problems: { 404: noSuchItem, 409: 'Less would be left than is reserved.' },
    answer: ({ catalog }, request, call) => catalog.adjustStock(request, { parent: call }),
  }),
];
