import { type FromFileOptions, fromFile } from '@crew/llm-http';
import { checkObject } from '../option-checks.ts';

/** What `kubernetesToken` may be given. */
export interface KubernetesTokenOptions extends FromFileOptions {
  /** Where the projected token is mounted. Default `/var/run/secrets/kubernetes.io/serviceaccount/token`. */
  readonly path?: string | undefined;
}

/**
 * The service account token of a Kubernetes pod, as assertion or subject token. The kubelet replaces the file; it is
 * looked at again for every token request. Mount one with the audience that the server wants (a projected volume): the
 * default one is for the cluster itself.
 *
 * @throws {CredentialError} from the returned function, when the file could never be read.
 */
export function kubernetesToken(given: KubernetesTokenOptions = {}): () => string {
  const options = checkObject(given, 'kubernetesToken');
  const { path = '/var/run/secrets/kubernetes.io/serviceaccount/token', ...rest } = options;
  return fromFile(path, rest);
}
