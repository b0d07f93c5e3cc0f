/** What `npm run check` runs, and `npm test` before its tests: everything that needs no server. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, type Step } from './run.ts';

/** Only where a benchmark has installed them (bench/peers/install.ts). */
const peers: readonly Step[] = existsSync(join(root, 'bench', 'peers', 'node_modules'))
  ? [{ name: 'types of the peers', command: 'tsc', args: ['--project', 'bench/peers'] }]
  : [];

export const checks: readonly Step[] = [
  { name: 'format, lint, import rules', command: 'biome', args: ['ci', '.'] },
  { name: 'types', command: 'tsc', args: ['--noEmit'] },
  { name: 'types of the console', command: 'tsc', args: ['--project', 'gateway/console/app'] },
  ...peers,
  { name: 'proto lint', command: 'buf', args: ['lint'] },
  {
    name: 'proto breaking changes against the last release',
    command: 'buf',
    args: ['breaking', 'proto/gen/orderlog.binpb', '--against', 'proto/released.binpb'],
  },
  { name: 'generated code is current', command: 'node', args: ['scripts/generate.ts', '--check'] },
  { name: 'licences of what is shipped', command: 'node', args: ['scripts/licences.ts'] },
  { name: 'saga definition', command: 'node', args: ['cli/bin.js', 'saga', 'lint'] },
];
