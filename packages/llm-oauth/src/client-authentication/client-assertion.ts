import {
  checkIdentitySource,
  type IdentitySource,
  mayReadAuthContext,
  readIdentity,
} from '../grant/identity-source.ts';
import type { ClientAuthentication } from './client-authentication.ts';

/**
 * An assertion that somebody else signed (RFC 7521, section 4.2): the identity token of a Kubernetes pod or a CI job,
 * where the server trusts its issuer. This is how workload federation replaces a client secret.
 *
 * @throws {ConfigurationError} when `assertion` is no string and no function.
 */
export function clientAssertion(assertion: IdentitySource): ClientAuthentication {
  checkIdentitySource(assertion, 'clientAssertion');
  return {
    method: 'private_key_jwt',
    usesAuthContext: mayReadAuthContext(assertion),
    async apply(request) {
      request.body.set('client_id', request.clientId);
      request.body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
      request.body.set('client_assertion', await readIdentity(assertion, 'clientAssertion', request));
    },
  };
}
