import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'mocha';
import { createProgram } from '../program.ts';
import { completionScript } from './scripts.ts';
import { placesOf } from './tree.ts';

describe('completion', () => {
  const places = placesOf(createProgram());

  describe('in bash', () => {
    const script = completionScript('bash', places);
    /** What is offered for the last of the words, in a real bash. */
    const offered = (...words: readonly string[]): string[] => {
      const set = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _orderlog; printf "%s\\n" "$\{COMPREPLY[@]}"`;
      const text = execFileSync('bash', ['-c', `${script}\n${set}`, 'bash', ...words], { encoding: 'utf8' });
      return text.split('\n').filter((word) => word !== '');
    };

    it('offers commands, at the top and in groups', () => {
      assert.deepEqual(offered('orderlog', 'can'), ['cancel']);
      assert.deepEqual(offered('orderlog', 'order', 'ca'), ['cancel']);
      assert.ok(offered('orderlog', 'parked', '').includes('replay'));
    });

    it('offers the options of the very command, also after options with values', () => {
      assert.deepEqual(offered('orderlog', 'order', 'place', '--qu'), ['--quantity']);
      const later = ['orderlog', 'order', 'list', '--query', 'order', '--mi'];
      assert.deepEqual(offered(...later), ['--min-total']);
    });

    it('offers what an option or an argument may be', () => {
      assert.deepEqual(offered('orderlog', 'order', 'list', '--status', 'can'), ['cancelling', 'cancelled']);
      assert.deepEqual(offered('orderlog', 'completion', 'z'), ['zsh']);
    });
  });

  for (const shell of ['zsh', 'fish'] as const) {
    it(`in ${shell} knows every command and option`, () => {
      const script = completionScript(shell, places);
      for (const { path, words } of places) {
        assert.ok(script.includes(['orderlog', ...path].join(' ')), path.join(' '));
        for (const { text } of words) {
          const spelled =
            shell === 'zsh' ? `'${text}:` : text.replace(/^--/, '-l ').replace(/^-(?=\w$)/, '-s ');
          assert.ok(script.includes(spelled), `${path.join(' ')} ${text}`);
        }
      }
    });
  }

  it('leaves the path of zsh alone, by which it finds programs', () =>
    assert.doesNotMatch(completionScript('zsh', places), /\bpath=/));
});
