/** `npm start`. */
import { keepCompiled } from '../compileCache.ts';

keepCompiled();
const { runStart } = await import('./start.ts');
process.exit(await runStart(process.argv.slice(2)));
