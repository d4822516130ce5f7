export { type GoogleCredentials, type GoogleImpersonation, type GoogleOptions, google } from './google/google.ts';
