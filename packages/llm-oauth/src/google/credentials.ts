import { homedir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, CredentialError } from '@crew/core';
import { fileVersion, readRegularFile, showName } from '@crew/llm-http/adapter';
import { jsonObject } from '../server/server-response.ts';

/** The contents of a credential file, as Google's console gives it. */
export type GoogleCredentials = Readonly<Record<string, unknown>>;

/**
 * Application default credentials: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, or the one that gcloud keeps.
 * `undefined`: there is none, so the metadata server is to be asked.
 *
 * @throws {ConfigurationError} for a file that cannot be read, is not an ordinary one of at most 1 MiB, or is not JSON.
 */
export async function applicationDefault(signal: AbortSignal): Promise<GoogleCredentials | undefined> {
  const { GOOGLE_APPLICATION_CREDENTIALS: named, CLOUDSDK_CONFIG, APPDATA } = process.env;
  if (named !== undefined && named !== '') return parse(await readGoogleFile(named, signal), named);
  const directory = CLOUDSDK_CONFIG ?? (APPDATA ? join(APPDATA, 'gcloud') : join(homedir(), '.config', 'gcloud'));
  const file = join(directory, 'application_default_credentials.json');
  if ((await fileVersion(file)) === 'missing') return undefined;
  return parse(await readGoogleFile(file, signal), file);
}

/** @throws {ConfigurationError} for a file that is missing, cannot be read, or is not an ordinary one of at most 1 MiB. */
export async function readGoogleFile(path: string, signal: AbortSignal): Promise<string> {
  const subject = `The file of Google credentials ${showName(path)}`;
  try {
    const file = await readRegularFile(path, { subject, signal });
    if (file !== undefined) return file.bytes.toString('utf8');
  } catch (thrown) {
    if (CredentialError.isInstance(thrown)) throw new ConfigurationError(thrown.message);
    throw thrown;
  }
  throw new ConfigurationError(`${subject} cannot be read (ENOENT).`);
}

function parse(text: string, path: string): GoogleCredentials {
  const credentials = jsonObject(text);
  if (credentials === undefined)
    throw new ConfigurationError(`The Google credentials in ${showName(path)} are not a JSON object.`);
  return credentials;
}

/** @throws {ConfigurationError} when the credentials lack it. */
export function textOf(credentials: GoogleCredentials, name: string): string {
  const value = credentials[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new ConfigurationError(`The Google credentials lack ${name}.`);
}
