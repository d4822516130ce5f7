// Setup file of the packages that test properties: every property starts from the seed that `pnpm test:busy` prints.
import { configureGlobal } from 'fast-check';

configureGlobal({ seed: Number(process.env['CREW_TEST_SEED']) });
