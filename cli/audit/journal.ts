/**
 * A client's own journal of the orders that were acknowledged to it, kept outside of the system: a file of lines of JSON,
 *
 *   {"requestId":"<uuid of the request>","orderId":"<uuid of the answer>"}
 *
 * each written after the answer came and before the client goes on; `caller` may stand in it as well ("anonymous" if not).
 * Other fields are left alone. A last line without its end is dropped: its writer was killed, and had not gone on.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { OrderlogError } from '../../platform/errors.ts';

export interface JournalEntry {
  readonly requestId: string;
  readonly orderId: string;
  /** Who asked, as the Order service knows him; unset: ANONYMOUS. */
  readonly caller?: string | undefined;
}

/** Whoever does not say who he is. */
export const ANONYMOUS = 'anonymous';

const entry = z.object({
  requestId: z.string().uuid().toLowerCase(),
  orderId: z.string().uuid().toLowerCase(),
  caller: z.string().min(1).optional(),
});

/** Appends to a journal; the file is made if it is not there, and what a killed writer left half written is cut off. */
export async function openJournal(path: string): Promise<{
  /** Resolves when it is in the file. */
  write(entry: JournalEntry): Promise<void>;
  close(): Promise<void>;
}> {
  const file: FileHandle = await open(path, 'a+');
  await cutOff(file);
  return {
    async write({ requestId, orderId, caller }) {
      await file.appendFile(`${JSON.stringify({ requestId, orderId, caller })}\n`);
    },
    close: () => file.close(),
  };
}

/** Longer than any line. */
const MAX_LINE_BYTES = 4_096;

async function cutOff(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const start = Math.max(0, size - MAX_LINE_BYTES);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_LINE_BYTES), 0, MAX_LINE_BYTES, start);
  await file.truncate(start + buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1);
}

const PAGE = 500;

/** A journal in pages of at most 500 entries. Throws OrderlogError that names the line that is wrong. */
export async function* readJournal(path: string): AsyncGenerator<readonly JournalEntry[]> {
  const file = await open(path, 'r').catch((error: Error) => {
    throw new OrderlogError('NOT_FOUND', 'JOURNAL_UNREADABLE', `--journal: ${error.message}`, {
      cause: error,
    });
  });
  try {
    let page: JournalEntry[] = [];
    for await (const [text, number] of wholeLines(file)) {
      if (text.trim() === '') continue;
      page.push(parse(text, `${path}:${number}`));
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  } finally {
    await file.close();
  }
}

/** Lines that have an end, with their numbers. */
async function* wholeLines(file: FileHandle): AsyncGenerator<readonly [text: string, number: number]> {
  let rest = '';
  let number = 0;
  for await (const chunk of file.createReadStream({ encoding: 'utf8', autoClose: false })) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      number += 1;
      yield [line, number];
    }
  }
}

function parse(text: string, place: string): JournalEntry {
  try {
    return entry.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    const message = `${place} is no line of a journal ({"requestId":"...","orderId":"..."}): ${why}`;
    throw new OrderlogError('INVALID_ARGUMENT', 'JOURNAL_INVALID', message, { cause: error });
  }
}
