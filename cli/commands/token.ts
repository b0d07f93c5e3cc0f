/** `orderlog token`: a key of one's own, and tokens that it signs, for services and where there is no issuer. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { SCOPES } from '../../platform/access/rules.ts';
import { ROLE_NAMES, ROLES, type Role } from '../../proto/roles.ts';
import { issueToken } from '../token/issue.ts';
import { makeKey, publicFileOf } from '../token/key.ts';
import { withExamples } from './examples.ts';

interface IssueOptions {
  readonly key: string;
  readonly subject: string;
  readonly role?: Role;
  readonly scope?: readonly string[];
  readonly for: number;
  readonly issuer: string;
  readonly audience: string;
  readonly json?: true;
}

const HELP = `
The services take a token where they trust its key: ORDERLOG_AUTH_KEY_FILE names the public one, ORDERLOG_AUTH_ISSUER and
ORDERLOG_AUTH_AUDIENCE what --issuer and --audience say. Keep the private key away from them. Commands of this line call by the token
in ORDERLOG_TOKEN, or in the file that ORDERLOG_TOKEN_FILE names. Roles and their scopes: docs/security.md.`;

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const MAX_SECONDS = 400 * 86_400;
const USUAL_SECONDS = 3_600;

function duration(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * (UNIT_SECONDS[unit] ?? 0);
  if (seconds >= 1 && seconds <= MAX_SECONDS) return seconds;
  throw new InvalidArgumentError('give a time such as 15m, 8h or 90d, at most 400d');
}

export function addTokenCommand(program: Command): void {
  const token = withExamples(
    program.command('token').description('Make a key of your own, and tokens that it signs'),
    'token key orderlog.key',
  );
  withExamples(
    token
      .command('key')
      .description('Make a key: a private file to sign by, and a public one for ORDERLOG_AUTH_KEY_FILE')
      .argument('<file>', 'where to put it; must not be there yet')
      .option('--json', 'as JSON'),
    'token key orderlog.key',
  ).action(key);
  withExamples(
    token
      .command('issue')
      .description('Sign a token, and print it')
      .requiredOption('--key <file>', 'the private key')
      .requiredOption('--subject <id>', 'who it is for; of a customer, the customer_id of his orders')
      .addOption(new Option('--role <role>', 'with the scopes of this role').choices(ROLE_NAMES))
      .addOption(new Option('--scope <scope...>', 'with these scopes').choices(SCOPES).conflicts('role'))
      .addOption(
        new Option('--for <time>', 'how long it is valid').argParser(duration).default(USUAL_SECONDS, '1h'),
      )
      .option('--issuer <iss>', 'as ORDERLOG_AUTH_ISSUER has it', 'orderlog')
      .option('--audience <aud>', 'as ORDERLOG_AUTH_AUDIENCE has it', 'orderlog')
      .option('--json', 'as JSON')
      .addHelpText('after', HELP),
    'token issue --key orderlog.key --subject ada --role customer',
    'token issue --key orderlog.key --subject order --role order-service --for 90d',
  ).action(issue);
}

async function key(file: string, { json }: { readonly json?: true }): Promise<void> {
  makeKey(file);
  const made = { privateKey: file, publicKeys: publicFileOf(file) };
  const text = `made ${made.privateKey}, to sign by, and ${made.publicKeys}, for ORDERLOG_AUTH_KEY_FILE`;
  process.stdout.write(`${json ? JSON.stringify(made) : text}\n`);
}

async function issue(options: IssueOptions, command: Command): Promise<void> {
  const { key: keyFile, subject, role, scope, for: forSeconds, issuer, audience, json } = options;
  const scopes = role ? ROLES[role].scopes : scope;
  if (!scopes) return command.error('error: give --role or --scope');
  const token = await issueToken({ keyFile, issuer, audience, subject, scopes, forSeconds });
  process.stdout.write(`${json ? JSON.stringify({ token, scopes }) : token}\n`);
}
