/**
 * The users of Elasticsearch: one a component, each with a role of its name that may do only what the component does. What is
 * not allowed here is refused. elasticsearchUsers.test.ts runs projector and gateway under it.
 *
 * An index may be called by an alias only where the role has the privilege by the alias's name: all names of the read model's
 * indices and aliases begin with that of its alias (projector/engine/writtenIndex.ts).
 */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { LOCKS_INDEX } from '../../projector/engine/rebuildLock.ts';
import { ordersIndex } from '../../projector/orders/mapping.ts';

interface IndexPrivileges {
  readonly names: readonly string[];
  readonly privileges: readonly string[];
}

export interface ElasticsearchUser {
  readonly name: string;
  readonly cluster: readonly string[];
  readonly indices: readonly IndexPrivileges[];
}

const { alias } = ordersIndex;
const READ_MODEL = [alias, `${alias}-*`];

/** For commands that rebuild, and for whoever runs the system. */
export const OPERATOR = 'operator';

export const elasticsearchUsers: readonly ElasticsearchUser[] = [
  {
    name: 'projector',
    cluster: [],
    indices: [
      {
        names: READ_MODEL,
        privileges: [
          'read',
          // Documents are written anew; none is ever deleted.
          'index',
          'create_index',
          'view_index_metadata',
          'indices:admin/aliases',
          // At its start it looks for what it had parked, however shortly before (projector/engine/documents.ts).
          'indices:admin/refresh*',
          // It ends a switch that a rebuild has abandoned (projector/engine/abandonedSwitch.ts).
          'indices:admin/settings/update',
        ],
      },
      { names: [LOCKS_INDEX], privileges: ['read'] },
    ],
  },
  {
    name: 'gateway',
    // Whether shards are missing.
    cluster: ['cluster:monitor/health'],
    // A search that must see a write has it refreshed.
    indices: [{ names: READ_MODEL, privileges: ['read', 'indices:admin/refresh*'] }],
  },
  {
    name: OPERATOR,
    cluster: ['monitor'],
    indices: [{ names: [...READ_MODEL, LOCKS_INDEX], privileges: ['all'] }],
  },
];

/** Of `roles.yml`. Elasticsearch cuts the file where a line is not indented: only names of roles are not. */
export const rolesYaml = (): string => elasticsearchUsers.map(roleYaml).join('');

function roleYaml({ name, cluster, indices }: ElasticsearchUser): string {
  const list = (values: readonly string[], indent: string) =>
    values.length === 0 ? ' []\n' : `\n${values.map((value) => `${indent}- "${value}"\n`).join('')}`;
  const ofIndices = indices.map(
    ({ names, privileges }) =>
      `    - names:${list(names, ' '.repeat(8))}      privileges:${list(privileges, ' '.repeat(8))}`,
  );
  return `${name}:\n  cluster:${list(cluster, ' '.repeat(4))}  indices:\n${ofIndices.join('')}`;
}

/** The files of the file realm: of users and their passwords' hashes, and of who has which role. */
export const fileRealm = (passwords: Readonly<Record<string, string>>) => ({
  users: elasticsearchUsers.map(({ name }) => `${name}:${hashOf(passwords[name] ?? '')}\n`).join(''),
  users_roles: elasticsearchUsers.map(({ name }) => `${name}:${name}\n`).join(''),
  'roles.yml': rolesYaml(),
});

const ITERATIONS = 10_000;
const HASH_BYTES = 32;

/** As Elasticsearch writes PBKDF2. */
function hashOf(password: string): string {
  const salt = randomBytes(HASH_BYTES);
  const hash = pbkdf2Sync(password, salt, ITERATIONS, HASH_BYTES, 'sha512');
  return `{PBKDF2}${ITERATIONS}$${salt.toString('base64')}$${hash.toString('base64')}`;
}
