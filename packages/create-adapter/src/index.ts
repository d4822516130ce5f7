export { type AdapterKind, type CreateAdapterOptions, createAdapter } from './create-adapter.ts';
