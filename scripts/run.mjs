// `node scripts/run.mjs turbo run build`: runs pnpm or a program of the workspace in the versions that package.json pins. This
// way, `npm run build` and other scripts work without an installation of pnpm.
import { install, pnpm, run } from './workspace.mjs';

/** Programs that run pnpm themselves, and therefore need it on the PATH. */
const NEED_PNPM = ['turbo', 'changeset'];

const [program, ...args] = process.argv.slice(2);
if (program === undefined) throw new Error('No program was given. Usage: node scripts/run.mjs <program> [arguments].');
install();
if (program === 'pnpm') pnpm(args);
else if (NEED_PNPM.includes(program)) pnpm(['exec', program, ...args]);
else run(program, args);
