/** `npm start`. */
import { runStart } from './start.ts';

process.exit(await runStart(process.argv.slice(2)));
