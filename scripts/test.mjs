// `npm test`: install, then build, type-check, test and lint every package. turbo skips what has not changed.
import { install, pnpm } from './workspace.mjs';

install();
pnpm(['run', 'check']);
