/** `npm run bench`: see HELP. Exit codes: 0 all measured, 1 something failed, 2 wrong usage. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { createProgress } from '../../chaos/progress.ts';
import { testFolder } from '../../cli/servers/testing.ts';
import { compileServices } from '../../cli/start/compileServices.ts';
import { projectFolder } from '../../cli/start/serviceParts.ts';
import { table } from '../../cli/table.ts';
import { UsageError } from '../../cli/usage.ts';
import { interruptible } from '../interruptible.ts';
import { bench, withSection } from './bench.ts';
import type { Performance } from './figures.ts';
import { HELP, type Order, orderOf } from './options.ts';
import { FIGURES_FILE, filesOf } from './report/page.ts';
import { goalsTable, seriesTable } from './report/tables.ts';
import { assertOnDisk } from './settings.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

async function run(argv: readonly string[]): Promise<void> {
  const order = orderOf(argv);
  if (order === 'help') return void process.stdout.write(HELP);
  const folder = isAbsolute(order.out) ? order.out : join(projectFolder, order.out);
  if (order.report) {
    const performance = kept(folder);
    if (!performance)
      throw new UsageError(`--report: there is no ${join(folder, FIGURES_FILE)}; leave it out to measure`);
    write(folder, performance);
  } else {
    await measure(order, folder);
  }
  process.stdout.write(
    `Written to ${folder}: performance.md, performance/, and scale.md if all that it needs was measured\n`,
  );
}

function kept(folder: string): Performance | undefined {
  const file = join(folder, FIGURES_FILE);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Performance) : undefined;
}

function write(folder: string, performance: Performance): void {
  for (const [name, text] of Object.entries(filesOf(performance))) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

async function measure({ plan, quick, only }: Order, folder: string): Promise<void> {
  const { say, print } = createProgress(process.stderr);
  const own = testFolder();
  await assertOnDisk(own);
  await interruptible(async (signal) => {
    say('compiling the services, as the image has them');
    await compileServices(signal);
    const failures = await bench({
      plan,
      quick,
      only,
      say,
      signal,
      folder: own,
      onSection(section) {
        write(folder, withSection(kept(folder), section));
        print(`${section.id}: measured`);
        for (const each of [seriesTable(section.series), goalsTable(section.goals)])
          if (each.rows.length > 0) process.stdout.write(`${table([each.head, ...each.rows])}\n`);
      },
    });
    if (failures.length > 0)
      throw new Error(`not all could be measured; what could is written:\n${failures.join('\n')}`);
  });
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError;
  const message = (error as Error).message;
  process.stderr.write(`\n${isUsage ? `${message}\n\n${HELP}` : `bench: ${message}\n`}`);
  process.exitCode = isUsage ? EXIT_USAGE : EXIT_FAILED;
}
