export { describeAdapter } from './describe-adapter.ts';
