/**
 * `npm run -s sbom`: the bill of materials of what is shipped, as CycloneDX JSON on stdout (`-- --output FILE`: into a file). npm
 * makes it from the lockfile, without a network, of all packages; those for development are left out here, since npm's own
 * `--omit dev` leaves out what is shipped too where a package for development needs it as well (pg, in npm 11). npm names the
 * project after its folder, which is put right.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dependenciesIn, lockfile } from './licences/dependencies.ts';
import { root } from './run.ts';

const MAX_BYTES = 64 * 1024 * 1024;
const ARGS = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
}

interface Bill {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

function billOfAll(): Bill {
  const made = spawnSync('npm', ARGS, { cwd: root, encoding: 'utf8', maxBuffer: MAX_BYTES });
  if (!made.error && made.status === 0) return JSON.parse(made.stdout) as Bill;
  console.error(`npm sbom failed (npm 10 or newer is needed): ${made.error?.message ?? made.stderr.trim()}`);
  process.exit(1);
}

/** Only what is shipped, under the project's own name. */
function shipped(bill: Bill, name: string): Bill {
  const { component } = bill.metadata;
  const kept = new Set(dependenciesIn(lockfile()).map((each) => `${each.name}@${each.version}`));
  const components = bill.components.filter((each) => kept.has(`${each.name}@${each.version}`));
  const refs = new Set([component, ...components].map((each) => each['bom-ref']));
  const dependencies = bill.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }));
  return {
    ...bill,
    metadata: { ...bill.metadata, component: { ...component, name } },
    components,
    dependencies,
  };
}

const { values } = parseArgs({ options: { output: { type: 'string' } } });
const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name: string };
const text = `${JSON.stringify(shipped(billOfAll(), name), null, 2)}\n`;
if (values.output === undefined) process.stdout.write(text);
else writeFileSync(values.output, text);
