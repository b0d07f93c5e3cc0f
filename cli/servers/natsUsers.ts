/**
 * The users of NATS: one a component, that may publish into its own stream only and read those that it needs. What is not
 * allowed here is refused. One account: streams stay where they are for whoever turns this on later.
 *
 * What JetStream's API needs of subjects is found by trying (natsUsers.test.ts runs every part under it):
 * - a stream is read by gets (DIRECT.GET, and STREAM.MSG.GET, which its leader answers), or by a consumer of one's own without
 *   acknowledgements: STREAM.INFO, CONSUMER.CREATE, CONSUMER.MSG.NEXT and, at the end, CONSUMER.DELETE;
 * - a stream is made by STREAM.CREATE, which does nothing to one that is there; changing, purging and deleting one are other
 *   subjects, and the operator's alone;
 * - answers come to the user's own inbox (platform/log/natsServers.ts): nobody hears another's;
 * - watermarks are a key-value bucket: a stream `KV_<bucket>`, written at `$KV.<bucket>.<key>`, a key a service.
 */
import { inboxOf } from '../../platform/log/natsServers.ts';
import { nudgeSubject } from '../../platform/log/relay.ts';
import { WATERMARK_BUCKET } from '../../platform/log/watermarkBucket.ts';
import { projectedSubject } from '../../platform/projected.ts';
import { CATALOG, ORDERS, PAYMENTS } from '../../proto/streams.ts';

/** Subjects; undefined: all. */
export interface NatsPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

export interface NatsUser {
  readonly name: string;
  /** undefined: everything is allowed. */
  readonly permissions?: NatsPermissions;
}

interface Stream {
  readonly name: string;
  readonly subjectPrefix: string;
}

/** For commands that mend, and for whoever runs the system. */
export const OPERATOR = 'operator';

/** Of the read model of orders. */
const PROJECTED = projectedSubject('orders');

const WATERMARKS = `KV_${WATERMARK_BUCKET}`;

const api = (...calls: readonly string[]) => calls.map((call) => `$JS.API.${call}`);

const reading = ({ name }: Pick<Stream, 'name'>): readonly string[] =>
  api(
    `STREAM.INFO.${name}`,
    `DIRECT.GET.${name}`,
    `STREAM.MSG.GET.${name}`,
    `CONSUMER.CREATE.${name}`,
    `CONSUMER.CREATE.${name}.>`,
    `CONSUMER.INFO.${name}.*`,
    `CONSUMER.MSG.NEXT.${name}.*`,
    `CONSUMER.DELETE.${name}.*`,
  );

const owning = ({ name, subjectPrefix }: Stream): readonly string[] => [
  `${subjectPrefix}.>`,
  ...api(`STREAM.CREATE.${name}`, `STREAM.INFO.${name}`, `DIRECT.GET.${name}`),
];

/** Written for one's own stream, read for those that are read. */
const watermarks = (own: Stream, reads: readonly Stream[]): readonly string[] => [
  watermarkOf(own),
  ...api(`STREAM.INFO.${WATERMARKS}`, `STREAM.CREATE.${WATERMARKS}`),
  ...reads.flatMap((each) => api(`DIRECT.GET.${WATERMARKS}.${watermarkOf(each)}`)),
];

const watermarkOf = ({ name }: Stream): string => `$KV.${WATERMARK_BUCKET}.${name}`;

/** A service with a stream of its own. */
function service(name: string, own: Stream, reads: readonly Stream[]): NatsUser {
  const nudge = nudgeSubject(name);
  const publish = [nudge, ...owning(own), ...watermarks(own, reads), ...reads.flatMap(reading)];
  return { name, permissions: { publish, subscribe: [nudge, `${inboxOf(name)}.>`] } };
}

/** Besides, it may tell, and hear, of what is written into the read model. */
function reader(name: string, reads: readonly Stream[], told: Partial<NatsPermissions>): NatsUser {
  const publish = [...(told.publish ?? []), ...reads.flatMap(reading)];
  return { name, permissions: { publish, subscribe: [...(told.subscribe ?? []), `${inboxOf(name)}.>`] } };
}

export const natsUsers: readonly NatsUser[] = [
  service('order', ORDERS, [CATALOG, PAYMENTS]),
  service('catalog', CATALOG, [ORDERS]),
  service('payment', PAYMENTS, [ORDERS, CATALOG]),
  reader('projector', [ORDERS], { publish: [PROJECTED] }),
  reader('gateway', [ORDERS, CATALOG, PAYMENTS], { subscribe: [PROJECTED] }),
  { name: OPERATOR },
];

/** The variable of nats-server's environment that holds a user's password, in deploy/k8s/components/nats. */
export const passwordVariable = (user: string): string => `NATS_${user.toUpperCase()}_PASSWORD`;

/** As nats-server's configuration has it. `passwordOf`: what stands for the user's password there. */
export function authorization(passwordOf: (user: string) => string): string {
  const list = (subjects: readonly string[]) =>
    `[\n${subjects.map((each) => `        ${JSON.stringify(each)}\n`).join('')}      ]`;
  const users = natsUsers.map(({ name, permissions }) => {
    const rights = permissions
      ? `\n      publish: ${list(permissions.publish)}\n      subscribe: ${list(permissions.subscribe)}\n    `
      : ' publish: ">", subscribe: ">" ';
    return `    { user: ${name}, password: ${passwordOf(name)}, permissions: {${rights}} }\n`;
  });
  return `authorization {\n  users: [\n${users.join('')}  ]\n}\n`;
}
