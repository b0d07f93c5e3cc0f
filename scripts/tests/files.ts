/** Which files `npm test` runs, and which of them belong together. */
import { globSync, readFileSync } from 'node:fs';

/** Run by one process, one after the other, since they share what is costly to start. */
export type Group = readonly string[];

/** These ask of a machine that it can do what they measure or promise: nothing else runs beside them. */
const DEMANDING = ['rehearsal/rehearsal.test.ts', 'bench/bench/bench.test.ts'];
/** The benchmark's peers have packages of their own once it has run, with tests of others in them. */
const OWN = { exclude: ['**/node_modules/**'] };
/** Whole systems that are worked on and done harm to: these take long, and stand first. */
const SYSTEMS = '{contract,e2e,chaos,fuzz,rehearsal}/**/*.test.ts';
const UNITS = '{platform,services,projector,gateway,cli,scripts,deploy,simulator,bench}/**/*.test.ts';
const SHARED_SYSTEM = /import \{[^}]*\bsystem\b[^}]*\} from '[./]+(?:\/e2e)?\/support\/system\.ts'/;

export interface TestFiles {
  /** A few at once. */
  readonly beside: readonly Group[];
  /** One after the other, after them. */
  readonly alone: readonly Group[];
}

export function testFiles(): TestFiles {
  const isBeside = (file: string) => !DEMANDING.includes(file);
  const systems = globSync(SYSTEMS, OWN).filter(isBeside).sort();
  const sharing = systems.filter((file) => SHARED_SYSTEM.test(readFileSync(file, 'utf8')));
  const others = [
    ...systems.filter((file) => !sharing.includes(file)),
    ...globSync(UNITS, OWN).filter(isBeside).sort(),
  ];
  return { beside: [sharing, ...others.map((file) => [file])], alone: DEMANDING.map((file) => [file]) };
}
