/**
 * A route as data. What fastify serves (serve.ts) and what the OpenAPI document says (openapi/) are made of the same entries of
 * the table (table.ts), so that they cannot differ.
 *
 * A route of an rpc needs to say little: path, parameters, headers and body are the fields of the request message
 * (fields.ts), and the answer is the response message. A plain route says all of itself.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Rule } from '../../platform/access/rules.ts';
import type { GrpcClient } from '../../platform/grpc/client.ts';
import type { MethodDefinition, RequestOf, ResponseOf } from '../../platform/grpc/service.ts';
import type { CatalogServiceService } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import type { OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import type { Documents } from '../documents/documents.ts';
import type { Overview } from '../live/overview/overview.ts';
import type { WatchSources } from '../live/watchOrder.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { QueryCall } from '../queries/freshness.ts';
import type { OrderQueries } from '../queries/orderQueries.ts';
import type { SalesQueries } from '../queries/salesSummary.ts';
import type { Readiness } from '../readiness.ts';
import type { FieldNames } from './problems.ts';

export const SERVICES = ['order', 'catalog', 'payment'] as const;
export type ServiceName = (typeof SERVICES)[number];

type Ops = Pick<
  GrpcClient<OpsServiceService>,
  'listParkedEvents' | 'replayParkedEvents' | 'discardParkedEvent'
>;

/** What the gateway was put together of. */
export interface Gateway {
  readonly queries: OrderQueries;
  readonly sales: SalesQueries;
  readonly orders: Pick<
    GrpcClient<OrderServiceService>,
    'placeOrder' | 'cancelOrder' | 'getOrderHistory' | 'explainOrder'
  >;
  readonly catalog: Pick<GrpcClient<CatalogServiceService>, 'listItems' | 'getItem' | 'adjustStock'>;
  readonly ops: Readonly<Record<ServiceName, Ops>>;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly watched: WatchSources;
  readonly overview: Overview;
  /** For faults of answers that have begun. */
  readonly logger: Logger;
}

/** What routes ask. */
export interface Served extends Gateway {
  readonly documents: Documents;
  readonly routes: readonly Route[];
}

/** A heading of the reference page. */
export type Tag = 'Orders' | 'Items' | 'Sales' | 'Operations' | 'System';

/** Why a route answers with a status that not every route has; the texts are for a person to read. */
export type Problems = Readonly<Record<number, string>>;

interface RouteHead {
  /** Unique; what generated clients call the function. */
  readonly operationId: string;
  readonly method: 'GET' | 'POST';
  /** As OpenAPI writes it: `/v1/orders/{id}`. */
  readonly path: string;
  readonly tag: Tag;
  /** One line. */
  readonly summary: string;
  readonly problems?: Problems;
}

/** A parameter that is no field of the request message: one of a few words, and required. */
export interface Choice {
  readonly values: readonly string[];
  readonly description: string;
}

interface RpcHead extends RouteHead {
  readonly status: 200 | 202;
  /** Parameters of the path, by the field that each of them is; those of the field's own name are left out. */
  readonly pathFields?: Readonly<Record<string, string>>;
  readonly choices?: Readonly<Record<string, Choice>>;
  /** May a POST be sent without a body? */
  readonly bodyOptional?: true;
}

/** Gives the value of a choice. */
type Chosen = (name: string) => string;

/** A route of an rpc, as the table has it. */
export interface RpcRoute extends RpcHead {
  readonly kind: 'rpc';
  readonly rpc: MethodDefinition;
  answer(gateway: Served, request: unknown, call: QueryCall, chosen: Chosen): Promise<unknown>;
  /** Where to look next, as the Location header. */
  location?(answer: unknown): string;
}

/** JSON Schema, as OpenAPI 3.1 has it. */
export type Schema = { readonly [keyword: string]: unknown };

/** What a plain route may answer, but for problems. */
export interface PlainAnswer {
  readonly description: string;
  readonly contentType: string;
  readonly schema: Schema;
}

/** A parameter of a plain route; one of the path is required. */
export interface PlainParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly schema: Schema;
}

/** A route that is no rpc. */
export interface PlainRoute extends RouteHead {
  readonly kind: 'plain';
  /** What it asks of its caller. */
  readonly rule: Rule;
  readonly parameters?: readonly PlainParameter[];
  /** How a client spells what a violation names. */
  readonly fieldNames?: FieldNames;
  /** Its answers last: they are no requests in progress, and are bounded elsewhere. */
  readonly isStream?: true;
  /** Asked by those who watch the system: not one of its caller's requests. */
  readonly isUncounted?: true;
  readonly answers: Readonly<Record<number, PlainAnswer>>;
  handle(gateway: Served, request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}

export type Route = RpcRoute | PlainRoute;

interface RpcSpec<M extends MethodDefinition> extends RpcHead {
  readonly answer: (
    gateway: Served,
    request: RequestOf<M>,
    call: QueryCall,
    chosen: Chosen,
  ) => Promise<ResponseOf<M>>;
  readonly location?: (answer: ResponseOf<M>) => string;
}

/** A route that answers as `rpc` does, typed by its messages. */
export const rpcRoute = <M extends MethodDefinition>(rpc: M, spec: RpcSpec<M>): RpcRoute => ({
  kind: 'rpc',
  rpc,
  ...(spec as unknown as Omit<RpcRoute, 'kind' | 'rpc'>),
});

export const plainRoute = (spec: Omit<PlainRoute, 'kind'>): PlainRoute => ({ kind: 'plain', ...spec });
