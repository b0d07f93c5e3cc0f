import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { groupedWriter } from './groupedWriter.ts';

/** A file in memory on a disk that may be full. */
function memoryFile() {
  const file = {
    text: '',
    syncs: 0,
    isFull: false,
    async appendFile(more: string | Uint8Array) {
      file.text += file.isFull ? String(more).slice(0, 3) : String(more);
      if (file.isFull) throw new Error('ENOSPC');
    },
    async datasync() {
      file.syncs += 1;
    },
    async truncate(bytes = 0) {
      file.text = Buffer.from(file.text).subarray(0, bytes).toString();
    },
  };
  return file;
}

describe('the grouped writer', () => {
  it('writes what comes while it writes with one sync', async () => {
    const file = memoryFile();
    const write = groupedWriter(file, 0);
    await Promise.all(['a\n', 'b\n', 'c\n'].map(write));
    assert.equal(file.text, 'a\nb\nc\n');
    assert.equal(file.syncs, 2);
  });

  it('leaves no half line behind where the disk was full', async () => {
    const file = memoryFile();
    file.text = 'früher\n';
    const write = groupedWriter(file, Buffer.byteLength(file.text));
    file.isFull = true;
    await assert.rejects(write('{"long":"line"}\n'), /ENOSPC/);
    await assert.rejects(write('{"long":"line"}\n'), /ENOSPC/);
    file.isFull = false;
    await write('{"next":"line"}\n');
    assert.equal(file.text, 'früher\n{"next":"line"}\n');
  });
});
