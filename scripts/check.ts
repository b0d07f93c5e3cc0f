/** `npm run check`: format, lint, types, generated code, import rules. Exit code 1 if any failed. */
import { checks } from './checks.ts';
import { runSteps } from './run.ts';

process.exitCode = (await runSteps(checks)) > 0 ? 1 : 0;
