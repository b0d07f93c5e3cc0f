/** This machine, and the data folder of a local system. */
import { type Finding, findingsOf } from '../finding.ts';
import { judgeFreeSpace } from './limits.ts';
import { isAtLeast } from './version.ts';

export interface MachineFacts {
  readonly node: string;
  /** Unset: it is not needed, since no Elasticsearch of ours runs here. */
  readonly java?: { readonly home: string } | { readonly problem: string };
  /** Unset: there is no local system. */
  readonly folder?: {
    readonly path: string;
    readonly freeBytes: number;
    /** Whether others than its owner may read the keys and passwords. */
    readonly secretsOpen: boolean;
    /** The process of `npm start`; unset: it does not run. */
    readonly launcher?: number;
  };
}

const OLDEST_NODE = [24];

export function judgeMachine({ node, java, folder }: MachineFacts): readonly Finding[] {
  const of = findingsOf('machine');
  return [
    isAtLeast(node, OLDEST_NODE)
      ? of.ok('Node', node)
      : of.fail('Node', node, 'install Node 24 or newer, or run `npm ci`, which brings its own'),
    ...(java ? [judgeJava(java)] : []),
    ...(folder ? judgeFolder(folder) : []),
  ];
}

function judgeJava(java: NonNullable<MachineFacts['java']>): Finding {
  const of = findingsOf('machine');
  return 'home' in java ? of.ok('Java', java.home) : of.fail('Java', 'none that will do', java.problem);
}

function judgeFolder({
  path,
  freeBytes,
  secretsOpen,
  launcher,
}: NonNullable<MachineFacts['folder']>): readonly Finding[] {
  const of = findingsOf('machine');
  return [
    judgeFreeSpace(of, path, freeBytes),
    secretsOpen
      ? of.fail('secrets', `${path}/secrets.json can be read by others`, `chmod 600 ${path}/secrets.json`)
      : of.ok('secrets', 'for their owner only'),
    launcher === undefined
      ? of.warn(
          'npm start',
          `none runs in ${path}`,
          'start it: npm start (or give the addresses of a system elsewhere)',
        )
      : of.ok('npm start', `process ${launcher}`),
  ];
}
