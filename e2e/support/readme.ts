/** The README's shell commands, as they stand in its fenced blocks. */
import { readFileSync } from 'node:fs';

const BLOCK = /^```sh\n(.*?)^```$/gms;
const PLACEHOLDER = /<[a-z][^<>]*>/;

/** One at a time, in their order; a command may go on over lines by a backslash. Comments go. */
export function readmeCommands(file: string): readonly string[] {
  const blocks = [...readFileSync(file, 'utf8').matchAll(BLOCK)].map(([, block = '']) => block);
  return blocks
    .flatMap((block) => block.replaceAll('\\\n', '').split('\n'))
    .map((line) => line.replace(/\s+#\s.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** What the outputs before have told: the latest of each. */
export interface Told {
  orderId?: string;
  consistencyToken?: string;
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

export function learn(told: Told, output: string): void {
  const orderId = new RegExp(`(?:"orderId":\\s*"|accepted +)(${UUID})`).exec(output)?.[1];
  const token = /"consistencyToken":\s*"([^"]+)"/.exec(output)?.[1];
  if (orderId) told.orderId = orderId;
  if (token) told.consistencyToken = token;
}

/** Throws for a placeholder that nothing before it filled. */
export function fill(command: string, { orderId, consistencyToken }: Told): string {
  const filled = command
    .replaceAll(/<(?:the )?order_id(?: from above)?>/g, orderId ?? '<order_id>')
    .replaceAll(/<the consistencyToken>/g, consistencyToken ?? '<the consistencyToken>');
  const left = PLACEHOLDER.exec(filled);
  if (left) throw new Error(`nothing tells what ${left[0]} is in: ${command}`);
  return filled;
}
