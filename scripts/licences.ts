/** `npm run licences`: whether all that is shipped is under a licence that allows it. Exit code 1 if not; names each package. */
import { dependenciesIn, lockfile, problemsOf } from './licences/dependencies.ts';

const dependencies = dependenciesIn(lockfile());
const problems = problemsOf(dependencies);
for (const problem of problems) console.error(problem);
if (problems.length === 0)
  console.log(`${dependencies.length} packages, all of them allowed: docs/dependencies.md`);
process.exitCode = problems.length > 0 ? 1 : 0;
