/** `npm run rehearse`: see HELP. Exit codes: 0 as promised, 1 not so, 2 wrong usage. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { machine, revision } from '../bench/compare/machine.ts';
import { createProgress } from '../chaos/progress.ts';
import { stopTestServers, testFolder } from '../cli/servers/testing.ts';
import { hurry } from '../cli/servers/watchdog.ts';
import { onInterrupt } from '../cli/start/interrupts.ts';
import { runTool, UsageError, wholeNumber } from '../cli/usage.ts';
import { nodeLoss } from './nodeLoss.ts';
import { isAsPromised, reportOf } from './report.ts';
import { rollEach } from './rollingUpdate.ts';
import { type Outcome, openStage, rehearse } from './stage.ts';
import { thereAndBack } from './twoVersions.ts';
import { checkOut, commitOf } from './versions.ts';

const HELP = `usage: npm run rehearse -- rolling-update|node-loss|two-versions|all [OPTIONS]

Rehearses on this machine what happens on a cluster, with processes in place of pods: two replicas of every service on one set
of servers, under a load of orders, reads and watches over gRPC and REST, started, probed and ended as deploy/k8s says.

  rolling-update   replaces every pod, one by one, then all services at once: no request may fail
  node-loss        SIGKILL to half of all processes at once: nothing may be lost
  two-versions     the services of another commit beside these, on the same databases and log, there and back: no request may fail

  --ref REF        of two-versions: the older commit (HEAD~1)
  --load N         requests a second, by the clock (30)
  --report FILE    writes what was measured as a page of Markdown
  --data DIR       keeps the systems' folders there: logs, journals, data
  --help           shows this
`;
const NAMES = ['rolling-update', 'node-loss', 'two-versions'] as const;
type Name = (typeof NAMES)[number];
const DEFAULT_LOAD = 30;
const MAX_LOAD = 1_000;
const EXIT_FAILED = 1;

const OPTIONS = {
  ref: { type: 'string', default: 'HEAD~1' },
  load: { type: 'string', default: String(DEFAULT_LOAD) },
  report: { type: 'string' },
  data: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function optionsIn(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function namesIn(positionals: readonly string[]): readonly Name[] {
  const [name, ...more] = positionals;
  const found = NAMES.filter((each) => name === 'all' || each === name);
  if (found.length === 0 || more.length > 0) throw new UsageError(`name one of: ${NAMES.join(', ')}, all`);
  return found;
}

interface Wishes {
  readonly folder: string;
  readonly perSecond: number;
  /** The older commit. */
  readonly commit: string;
  readonly tell: (line: string) => void;
}

async function runOne(name: Name, { folder, perSecond, commit, tell }: Wishes): Promise<Outcome> {
  const own = {
    folder: join(folder, name),
    env: process.env,
    tell: (line: string) => tell(`${name}: ${line}`),
  };
  if (name !== 'two-versions') {
    const stage = await openStage(own);
    const rehearsal = name === 'rolling-update' ? rollEach : nodeLoss;
    return rehearse(stage, rehearsal, perSecond).finally(stage.stop);
  }
  const old = await checkOut(commit, join(folder, `tree-${commit.slice(0, 12)}`), process.env);
  try {
    const stage = await openStage({ ...own, version: old });
    return await rehearse(stage, thereAndBack(old, stage.present), perSecond).finally(stage.stop);
  } finally {
    old.remove();
  }
}

function pageOf(outcomes: readonly Outcome[]): string {
  const { system, processor, cores, memoryGb, node } = machine();
  const head = `# Rehearsals

What \`npm run rehearse -- all\` measured at ${revision() ?? 'an unknown revision'}, with processes in place of pods, all of them, the servers and the clients on one machine: ${processor}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}. Why and how: [decision 0026](decisions/0026-rehearsals.md).
`;
  return [head, ...outcomes.map(reportOf)].join('\n');
}

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = optionsIn(argv);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const names = namesIn(positionals);
  const perSecond = wholeNumber('--load', values.load, MAX_LOAD, 'requests a second');
  const commit = names.includes('two-versions') ? commitOf(values.ref) : '';
  // What runs is ended by the watchdog as soon as this process is gone.
  const end = () => {
    hurry();
    process.exit(EXIT_FAILED);
  };
  const ignore = onInterrupt(end, end);
  const { say: tell, print } = createProgress(process.stderr);
  const folder = values.data === undefined ? testFolder() : resolve(values.data);
  mkdirSync(folder, { recursive: true });
  const outcomes: Outcome[] = [];
  try {
    for (const name of names) {
      const outcome = await runOne(name, { folder, perSecond, commit, tell });
      outcomes.push(outcome);
      print('');
      process.stdout.write(`${reportOf(outcome)}\n`);
    }
    if (values.report) writeFileSync(values.report, pageOf(outcomes));
    return outcomes.every(isAsPromised) ? 0 : EXIT_FAILED;
  } finally {
    ignore();
    await stopTestServers();
  }
}

await runTool(run, HELP);
