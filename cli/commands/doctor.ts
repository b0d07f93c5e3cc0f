/**
 * `orderlog doctor`: whether every part is there, new enough, and set as the promises need it. Changes nothing.
 * Exit code: 0 nothing failed, 1 something did, 2 wrong usage.
 */
import type { Command } from 'commander';
import { type DoctorFlags, doctorAddresses } from '../doctor/addresses.ts';
import { examine } from '../doctor/examine.ts';
import { findingsText } from '../doctor/text.ts';
import { withExamples } from './examples.ts';

const EXIT_FAILED = 1;

const HELP = `
Asks every part at once, for a few seconds at most, also while some are down. Without addresses it looks at the local system
that \`npm start\` runs; a database's URL may hold a password: set ORDERLOG_ORDER_DATABASE_URL, ORDERLOG_CATALOG_DATABASE_URL
and ORDERLOG_PAYMENT_DATABASE_URL instead of the flags. Services are looked for at ORDERLOG_PORT_BASE.

Exit code: 0 nothing failed (warnings are none), 1 something did, 2 wrong usage.`;

export function addDoctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .description(
      'Check every part, its version and settings, disk, clocks and lag, with advice for each finding',
    )
    .option('--json', 'as one line of JSON')
    .option('--order-db <url>', 'database of the Order service')
    .option('--catalog-db <url>', 'database of the Catalog service')
    .option('--payment-db <url>', 'database of the Payment service')
    .option('--nats <url>', 'the log')
    .option('--nats-monitor <url>', "nats-server's monitoring page, which alone tells sync_interval")
    .option('--elasticsearch <url>', 'the read model')
    .addHelpText('after', HELP);
  withExamples(command, 'doctor', 'doctor --json').action(run);
}

async function run({ json, ...flags }: DoctorFlags & { readonly json?: true }): Promise<void> {
  const startedMs = performance.now();
  const time = new Date().toISOString();
  const findings = await examine(doctorAddresses(flags, process.env), process.env);
  const failed = findings.some(({ level }) => level === 'fail');
  const tookMs = performance.now() - startedMs;
  process.stdout.write(
    json ? `${JSON.stringify({ time, healthy: !failed, findings })}\n` : findingsText(findings, tookMs),
  );
  if (failed) process.exitCode = EXIT_FAILED;
}
