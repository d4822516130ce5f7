// `node scripts/run.mjs turbo run build`: runs a program of the workspace, or pnpm, with what package.json pins. This is
// how `npm run build` and the others work where no pnpm is installed.
import { install, pnpm, run } from './workspace.mjs';

/** Programs that run pnpm themselves, and so need it on the PATH. */
const NEED_PNPM = ['turbo', 'changeset'];

const [program, ...args] = process.argv.slice(2);
if (program === undefined) throw new Error('Name a program: node scripts/run.mjs <program> [arguments].');
install();
if (program === 'pnpm') pnpm(args);
else if (NEED_PNPM.includes(program)) pnpm(['exec', program, ...args]);
else run(program, args);
