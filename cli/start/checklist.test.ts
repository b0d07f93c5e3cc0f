import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createChecklist } from './checklist.ts';

function screen(isTTY: boolean) {
  let text = '';
  return { isTTY, columns: 60, write: (more: string) => (text += more), text: () => text };
}

describe('the checklist', () => {
  it('prints each part as it completes where there is no terminal, and downloads by quarters', () => {
    const out = screen(false);
    const list = createChecklist(out, ['postgres', 'elasticsearch']);
    list.begin('postgres');
    list.begin('elasticsearch');
    for (const doneBytes of [0, 1e6, 30e6, 31e6, 100e6]) {
      list.progress('elasticsearch', { what: 'downloading', doneBytes, totalBytes: 100e6 });
    }
    list.progress('postgres', { what: 'starting' });
    list.done('postgres', 'PostgreSQL 18.4');
    list.fail('elasticsearch');
    list.note('a note');
    list.close();
    const lines = out.text().trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => line.replace(/\s+/g, ' ').replace(/\d+\.\d s/, 'N s')),
      [
        '… elasticsearch downloading, 0 of 100 MB',
        '… elasticsearch downloading, 30 of 100 MB',
        '… elasticsearch downloading, 100 of 100 MB',
        '✓ postgres N s PostgreSQL 18.4',
        '✗ elasticsearch N s',
        'a note',
      ],
    );
  });

  it('redraws its lines on a terminal, with notes above them, and never wraps one', () => {
    const out = screen(true);
    const list = createChecklist(out, ['postgres', 'nats']);
    list.begin('postgres');
    list.note('a note');
    list.done('postgres', 'x'.repeat(100));
    list.close();
    list.note('later');
    const shown = replay(out.text());
    assert.equal(shown[0], 'a note');
    assert.match(shown[1] ?? '', /^✓ postgres +\d+\.\d s {2}x+$/);
    assert.ok((shown[1] ?? '').length < 60);
    assert.equal(shown[2], '· nats');
    assert.equal(shown[3], 'later');
  });
});

/** What a terminal shows that knows "n lines up" and "erase from here". */
function replay(text: string): string[] {
  const [first = '', ...rest] = text.split('\x1b');
  let shown = first;
  for (const piece of rest) {
    const up = Number(/^\[(\d+)A/.exec(piece)?.[1] ?? 0);
    const kept = shown.split('\n').slice(0, -1);
    if (up > 0)
      shown = kept
        .slice(0, kept.length - up)
        .map((line) => `${line}\n`)
        .join('');
    shown += piece.replace(/^\[\d*[AJ]/, '');
  }
  return shown.split('\n');
}
