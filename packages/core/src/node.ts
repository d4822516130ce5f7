export { type NodeFilesOptions, nodeFiles } from './node/node-files.ts';
