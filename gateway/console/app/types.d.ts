/** The answers that the console reads, as they come over REST: protobuf JSON, in which a field of its default is left out. */
/** What a token is good for: everything, what is its subject's own, or nothing. */
export type Access = 'all' | 'own' | 'none';

export interface Operation {
  operationId: string;
  summary: string;
  access: Access;
  scopes: string[];
}

export interface Caller {
  subject: string;
  expireTime?: string;
  scopes: string[];
  operations: Operation[];
}

export interface Money {
  currencyCode?: string;
  units?: string;
  nanos?: number;
}

export interface Line {
  sku: string;
  name?: string;
  quantity: number;
  unitPrice?: Money;
  lineTotal?: Money;
}

export interface TimelineEntry {
  eventType: string;
  createTime: string;
  version: number;
  eventId: string;
}

/** What OrderView and the aggregate's Order have in common. */
export interface Order {
  orderId: string;
  customerId: string;
  status: string;
  lines?: Line[];
  pricedLines?: Line[];
  total?: Money;
  sagaMode?: string;
  paymentId?: string;
  rejectionReason?: string;
  cancellationReason?: string;
  message?: string;
  timeline?: TimelineEntry[];
  createTime?: string;
  updateTime?: string;
  deadline?: string;
  version: number;
}

export interface ReadState {
  source?: string;
  orderVersion?: number;
  logSequence?: string;
}

export interface StatusCount {
  status: string;
  count?: string;
}

export interface OrderPage {
  orders?: Order[];
  nextPageToken?: string;
  totalSize?: string;
  statusCounts?: StatusCount[];
  readState?: ReadState;
}

export interface Placed {
  orderId: string;
  status: string;
  consistencyToken: string;
}

/** An event's payload: `@type` and the message's own fields. */
export type Payload = { '@type'?: string } & Record<string, unknown>;

export interface HistoryEvent {
  eventId: string;
  type: string;
  version: number;
  createTime?: string;
  cause?: { stream: string; eventId: string };
  event?: Payload;
}

export interface ExplainedStep {
  step: string;
  kind?: string;
  service: string;
  state?: string;
  text?: string;
}

export interface Explanation {
  summary?: string;
  status?: string;
  version?: number;
  time?: string;
  steps?: ExplainedStep[];
  events?: { service: string; step?: string; text?: string; event?: HistoryEvent }[];
  waitingFor?: { step: string; service: string; text?: string; hindrance?: string; deadline?: string };
  ifNextStepFails?: string;
  remaining?: string[];
  notKnown?: string[];
}

export interface Item {
  sku: string;
  name: string;
  unitPrice?: Money;
  onHand?: string;
  reserved?: string;
  available?: string;
  version: number;
}

export interface Parked {
  parkedId: string;
  consumer: string;
  stream: string;
  aggregateId: string;
  sequence: string;
  eventId: string;
  type: string;
  error?: string;
  attempts?: number;
  parkTime?: string;
  event?: Payload;
  waiting?: number;
  ahead?: number;
  headers?: Record<string, string>;
  payloadBytes?: string;
}

export interface SagaNode {
  id: string;
  kind: 'start' | 'step' | 'undo' | 'complete' | 'rollback';
  title: string;
  lines: string[];
  service: string;
  events: string[];
}

export interface SagaEdge {
  from: string;
  to: string;
  kind: 'forward' | 'undo' | 'deadline';
  labels: string[];
  events: string[];
}

export interface SagaGraph {
  title: string;
  nodes: SagaNode[];
  edges: SagaEdge[];
}

export interface LiveEvent {
  type: string;
  service: string;
  step: string | null;
  boundary: string | null;
  perSecond: number;
  total: number;
}

export interface Count {
  status: string;
  count: number;
}

export interface Part {
  name: string;
  ready: boolean;
  detail: string | null;
  since: string;
}

export interface LiveDocument {
  time: string;
  since: string;
  logs: { stream: string; following: boolean; detail: string | null }[];
  flow: { windowSeconds: number; events: LiveEvent[] };
  orders: {
    inFlight: Count[];
    ended: Count[];
    readModel: null | { time: string; total: number; counts: Count[] };
  };
  lag: null | {
    events: number;
    milliseconds: number;
    logSequence: number;
    readModelSequence: number;
    p50Milliseconds: number | null;
    p99Milliseconds: number | null;
  };
  parts: Part[];
  parked: { service: string; count: number | null; isMore: boolean }[];
  recentEvents: { sequence: number; orderId: string; type: string; version: number; time: string }[];
  errors: { time: string; part: string; message: string }[];
}

export interface StepLatency {
  step: string;
  p50?: string;
  p95?: string;
  p99?: string;
  orders?: string;
}

export interface DailySales {
  date: string;
  completedOrders?: string;
  revenue?: Money;
}

export interface FunnelStep {
  step: string;
  orders?: string;
}

export interface EndingCount {
  status: string;
  rejectionReason?: string;
  cancellationReason?: string;
  orders?: string;
}

/** Amounts are one a currency. */
export interface SalesSummary {
  dailySales?: DailySales[];
  skuSales?: { sku: string; name?: string; quantity?: string; revenue?: Money }[];
  totals?: { completedOrders?: string; revenue?: Money; refundedOrders?: string; refunded?: Money }[];
  funnelSteps?: FunnelStep[];
  endings?: EndingCount[];
  stepLatencies?: StepLatency[];
  firstDate?: string;
  lastDate?: string;
}
