import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { takenBy } from './licences/allowed.ts';
import { dependenciesIn, lockfile, problemsOf } from './licences/dependencies.ts';
import { run } from './run.ts';

describe('licences of what is shipped', () => {
  const locked = (license?: string, more: object = {}) => ({
    version: '1.0.0',
    ...(license && { license }),
    ...more,
  });

  it('are all allowed', () => {
    assert.deepEqual(problemsOf(dependenciesIn(lockfile())), []);
  });

  it('are refused with the name of the package where they are others, or not said', () => {
    const packages = {
      '': locked('Apache-2.0'),
      'node_modules/@a/copyleft': locked('AGPL-3.0-only'),
      'node_modules/b': locked(undefined),
      'node_modules/b/node_modules/c': locked('MIT'),
      'node_modules/only-for-tests': locked('GPL-3.0-only', { dev: true }),
    };
    const problems = problemsOf(dependenciesIn({ packages }));
    assert.equal(problems.length, 2);
    assert.match(problems[0] ?? '', /^@a\/copyleft 1\.0\.0 is under AGPL-3\.0-only, which is not allowed/);
    assert.match(problems[1] ?? '', /^b 1\.0\.0 says no licence/);
  });

  it('are read as SPDX has them', () => {
    for (const [expression, taken] of [
      ['MIT', 'MIT'],
      ['GPL-3.0-only OR MIT', 'MIT'],
      ['(Apache-2.0 AND BSD-3-Clause)', 'Apache-2.0 AND BSD-3-Clause'],
      ['MIT AND GPL-3.0-only', undefined],
      ['(GPL-2.0-only OR ISC) AND MIT', 'ISC AND MIT'],
      ['Apache-2.0 WITH LLVM-exception', undefined],
      ['SEE LICENSE IN LICENSE', undefined],
      ['EPL-2.0 OR GPL-3.0-or-later', undefined],
      ['', undefined],
      ['toString', undefined],
    ] as const) {
      assert.equal(takenBy(expression, 'a-package'), taken, expression);
    }
    assert.equal(takenBy('EPL-2.0 OR GPL-3.0-or-later', 'elkjs'), 'EPL-2.0');
  });
});

describe('the bill of materials', function () {
  this.timeout(120_000);

  it('is CycloneDX, and names what is shipped and nothing else', async () => {
    const { code, output } = await run('node', ['scripts/sbom.ts']);
    assert.equal(code, 0, output);
    const { bomFormat, metadata, components } = JSON.parse(output) as {
      bomFormat: string;
      metadata: { component: { name: string } };
      components: readonly {
        name: string;
        version: string;
        hashes?: readonly object[];
        licenses: readonly object[];
      }[];
    };
    assert.deepEqual([bomFormat, metadata.component.name], ['CycloneDX', 'orderlog']);
    const listed = components.map(({ name, version }) => `${name} ${version}`).sort();
    assert.deepEqual(
      listed,
      dependenciesIn(lockfile())
        .map(({ name, version }) => `${name} ${version}`)
        .sort(),
    );
    assert.deepEqual(
      components.filter(({ licenses, hashes }) => !licenses?.length || !hashes?.length),
      [],
    );
  });
});
