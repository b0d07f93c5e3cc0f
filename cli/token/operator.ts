/**
 * Who decides what is kept with who decided it. Services that ask for a token take nobody but its subject, so that is who it is unless
 * somebody is named; whether that is he, they say.
 */
import { type Command, Option } from 'commander';
import { ownSubject } from './own.ts';

/** Options as they are given, of a command that must know who decides. */
export type Unsigned<T extends { readonly operator: string }> = Omit<T, 'operator'> & {
  readonly operator?: string;
};

export const operatorOption = (): Option =>
  new Option(
    '--operator <id>',
    'opaque id of who decides (default: the subject of your token; needed if you have none)',
  );

/** Ends the command as wrong usage where nobody is named and there is no token. */
export function operatorOf(given: string | undefined, command: Command): string {
  return (
    given ??
    ownSubject(process.env) ??
    command.error('error: give --operator <id>: without a token (ORDERLOG_TOKEN) nobody knows who decides')
  );
}
