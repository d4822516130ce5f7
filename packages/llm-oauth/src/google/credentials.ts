import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@crew/core';
import { showName } from '@crew/llm-http';
import { jsonObject } from '../server/server-response.ts';

/** The contents of a credential file, as Google's console gives it. */
export type GoogleCredentials = Readonly<Record<string, unknown>>;

/**
 * Application default credentials: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, or the one that gcloud keeps.
 * `undefined`: there is none, so the metadata server is to be asked.
 *
 * @throws {ConfigurationError} for a file that is named and cannot be read, or is no JSON.
 */
export async function applicationDefault(): Promise<GoogleCredentials | undefined> {
  const { GOOGLE_APPLICATION_CREDENTIALS: named, CLOUDSDK_CONFIG, APPDATA } = process.env;
  if (named !== undefined && named !== '') return parse(await read(named), named);
  const directory = CLOUDSDK_CONFIG ?? (APPDATA ? join(APPDATA, 'gcloud') : join(homedir(), '.config', 'gcloud'));
  const file = join(directory, 'application_default_credentials.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parse(text, file);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    const code = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
    throw new ConfigurationError(`The Google credentials in ${showName(path)} cannot be read (${String(code)}).`);
  }
}

function parse(text: string, path: string): GoogleCredentials {
  const credentials = jsonObject(text);
  if (credentials === undefined)
    throw new ConfigurationError(`The Google credentials in ${showName(path)} are no JSON object.`);
  return credentials;
}

/** @throws {ConfigurationError} when the credentials lack it. */
export function textOf(credentials: GoogleCredentials, name: string): string {
  const value = credentials[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new ConfigurationError(`The Google credentials lack ${name}.`);
}
