/** Both documents, each made when it is first asked for. */
import type { Route, Schema } from '../rest/route.ts';
import { asyncApiDocument } from './asyncapi.ts';
import { openApiDocument } from './openapi.ts';

export interface Documents {
  openApi(): Schema;
  asyncApi(): Schema;
}

/** `routes`: all that is served. */
export function createDocuments(routes: readonly Route[]): Documents {
  let openApi: Schema | undefined;
  let asyncApi: Schema | undefined;
  return {
    openApi() {
      openApi ??= openApiDocument(routes);
      return openApi;
    },
    asyncApi() {
      asyncApi ??= asyncApiDocument();
      return asyncApi;
    },
  };
}
