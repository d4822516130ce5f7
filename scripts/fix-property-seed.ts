// Setup file of packages with property tests: every property uses the seed that `pnpm test:busy` prints.
import { configureGlobal } from 'fast-check';

configureGlobal({ seed: Number(process.env['CREW_TEST_SEED']) });
