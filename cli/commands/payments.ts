/** `orderlog payments`: settle what the provider left open, and hold Payment against the provider's ledger. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { withPayments } from '../payments/client.ts';
import { reconcile } from '../payments/reconcile.ts';
import { RESOLUTIONS, type ResolveOptions, resolve } from '../payments/resolve.ts';
import { review } from '../payments/review.ts';
import { layoutOf } from '../start/layout.ts';
import { operatorOf, operatorOption, type Unsigned } from '../token/operator.ts';
import { withExamples } from './examples.ts';

interface At {
  readonly payment?: string;
  readonly json?: boolean;
}

const EXIT_DIFFERENT = 1;

const httpUrl = (text: string): string => {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('give a URL such as http://127.0.0.1:50065');
};

const addressOption = () =>
  new Option('--payment <host:port>', 'address of the Payment service (default: as `npm start` lays it out)');

export function addPaymentsCommand(program: Command): void {
  const payments = withExamples(
    program
      .command('payments')
      .description('Settle payments that the provider left open, and hold all against its ledger'),
    'payments review',
  );
  addReview(payments);
  addResolve(payments);
  addReconcile(payments);
}

function addReview(payments: Command): void {
  const command = payments
    .command('review')
    .description('List the payments whose outcome only an operator can find out')
    .option('--json', 'a line of JSON for each')
    .addOption(addressOption());
  withExamples(command, 'payments review').action(({ payment, json = false }: At) =>
    withPayments(payment, (client) => review(client, json)),
  );
}

function addResolve(payments: Command): void {
  const command = payments
    .command('resolve')
    .description('Settle a payment by what was found out at the provider')
    .argument('<order>', "the order's id, as `orderlog payments review` shows it")
    .addOption(
      new Option('--as <outcome>', 'what was found out')
        .choices(Object.keys(RESOLUTIONS))
        .makeOptionMandatory(),
    )
    .requiredOption('--evidence <text>', 'what that relies on, in 1 to 2,000 characters: it is kept for ever')
    .addOption(operatorOption())
    .option('--reference <id>', "with --as captured: the provider's own id of the charge", '')
    .option('--request-id <uuid>', 'repeat an earlier request; new by default')
    .option('--json', 'as JSON')
    .addOption(addressOption());
  withExamples(
    command,
    'payments resolve <order> --as captured --reference ch_123 --evidence "statement of 2 May, line 7" --operator grace',
  ).action((order: string, { payment, ...options }: Unsigned<ResolveOptions> & At) => {
    const operator = operatorOf(options.operator, command);
    return withPayments(payment, (client) => resolve(client, order, { ...options, operator }));
  });
}

function addReconcile(payments: Command): void {
  const command = payments
    .command('reconcile')
    .description("Compare Payment's records with the provider's ledger, both ways; exit code 1 if any differ")
    .addOption(
      new Option('--provider <url>', "the provider's address (default: as `npm start` lays it out)")
        .env('ORDERLOG_PROVIDER_URL')
        .argParser(httpUrl),
    )
    .option('--json', 'a line of JSON with all differences')
    .addOption(addressOption());
  withExamples(
    command,
    'payments reconcile',
    'payments reconcile --provider https://provider.example --json',
  ).action(async ({ payment, provider, json = false }: At & { readonly provider?: string }) => {
    const url = provider ?? `http://${layoutOf('', process.env.ORDERLOG_PORT_BASE).sandboxAddress}`;
    const differences = await withPayments(payment, (client) => reconcile(client, url, json));
    if (differences > 0) process.exitCode = EXIT_DIFFERENT;
  });
}
