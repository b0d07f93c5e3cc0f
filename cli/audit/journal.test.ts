import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { testFolder } from '../servers/testing.ts';
import { type JournalEntry, openJournal, readJournal } from './journal.ts';

const file = () => join(testFolder(), `${randomUUID()}.jsonl`);
const entry = (): JournalEntry => ({ requestId: randomUUID(), orderId: randomUUID() });

async function all(path: string): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const page of readJournal(path)) entries.push(...page);
  return entries;
}

describe("a client's journal", () => {
  it('is read back in pages, and drops a last line that was cut off', async () => {
    const path = file();
    const entries = Array.from({ length: 1_001 }, entry);
    const journal = await openJournal(path);
    for (const one of entries) await journal.write(one);
    await journal.close();
    await appendFile(path, '{"requestId":"0b');
    assert.deepEqual(await all(path), entries);
  });

  it('takes up where another writer was killed', async () => {
    const path = file();
    const [before, after] = [entry(), entry()];
    for (const one of [before, after]) {
      const journal = await openJournal(path);
      await journal.write(one);
      await journal.close();
      if (one === before) await appendFile(path, '{"requestId":"0b');
    }
    assert.deepEqual(await all(path), [before, after]);
  });

  it('names the line that is none', async () => {
    const path = file();
    await appendFile(path, `${JSON.stringify(entry())}\n{"requestId":"7"}\n`);
    await assert.rejects(all(path), { reason: 'JOURNAL_INVALID', message: /\.jsonl:2 .*requestId/s });
  });

  it('says so where there is no such file', async () => {
    await assert.rejects(all(file()), { reason: 'JOURNAL_UNREADABLE', message: /--journal: ENOENT/ });
  });
});
