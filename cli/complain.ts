/** What the command line says on stderr: never a secret, whatever text it was handed (platform/redaction/texts.ts). */
import { shown } from '../platform/redaction/texts.ts';

export const complain = (text: string): void => void process.stderr.write(shown(text));

/** A fault of ours, by its stack and those of its causes; not by its properties, which may hold anything. */
export function complainOfFault(error: unknown): void {
  const { stack, cause } = error instanceof Error ? error : { stack: String(error), cause: undefined };
  complain(`${stack}\n`);
  if (cause === undefined) return;
  complain('because of ');
  complainOfFault(cause);
}
