import { copyOptions } from '@crew/core';
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { authenticators } from '@crew/llm-http/adapter';
import type { CertificateInfo } from './certificate-info.ts';
import { ClientCertificate } from './client-certificate.ts';
import { type ClientCertificateOptions, OPTION_NAMES } from './options.ts';

/** Options of `MtlsLLM`: those of `HttpLLM` and those of `clientCertificate()`. */
export type MtlsLLMOptions = HttpLLMOptions & ClientCertificateOptions;

/**
 * A model behind an HTTPS endpoint that requires a client certificate (mutual TLS). The option `auth` adds further
 * authenticators.
 *
 * @example PEM files, which are read again when they change
 * ```ts no-run
 * import { MtlsLLM } from '@crew/llm-mtls';
 *
 * await using llm = new MtlsLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   certFile: '/etc/crew/tls.crt',
 *   keyFile: '/etc/crew/tls.key',
 *   caFile: '/etc/crew/ca.crt',
 * });
 * console.log(await llm.call('Say hello.'), llm.certificate?.daysLeft);
 * ```
 *
 * @example A PKCS#12 file (PFX) with a passphrase from the environment
 * ```ts no-run
 * import { fromEnv } from '@crew/llm-http';
 * import { MtlsLLM } from '@crew/llm-mtls';
 *
 * await using llm = new MtlsLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   pkcs12File: '/etc/crew/client.p12',
 *   passphrase: fromEnv('CLIENT_P12_PASSPHRASE'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example A PKCS#12 certificate from a vault, requested again every 12 hours
 * ```ts no-run
 * import { MtlsLLM } from '@crew/llm-mtls';
 *
 * await using llm = new MtlsLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   maxAge: 12 * 3_600_000,
 *   load: async ({ signal }) => {
 *     const response = await fetch('https://vault.example/issue/crew.p12', { method: 'POST', signal });
 *     if (!response.ok) throw new Error(`The vault returned ${response.status}.`);
 *     return { pkcs12: new Uint8Array(await response.arrayBuffer()) };
 *   },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example An X509-SVID that spiffe-helper writes, and a server that is identified by its SPIFFE ID
 * ```ts no-run
 * import { MtlsLLM } from '@crew/llm-mtls';
 *
 * await using llm = new MtlsLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   svidDirectory: '/run/spiffe',
 *   serverSpiffeId: 'spiffe://example.org/llm-gateway',
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export class MtlsLLM extends HttpLLM {
  readonly #certificate: ClientCertificate;

  /** @throws {ConfigurationError} if an option is invalid, or if a certificate from values or files cannot be used. */
  constructor(options: MtlsLLMOptions) {
    const copy = copyOptions(options, Object.keys(OPTION_NAMES));
    const certificate = new ClientCertificate(copy);
    const {
      cert,
      key,
      certFile,
      keyFile,
      pkcs12,
      pkcs12File,
      svidDirectory,
      load,
      maxAge,
      loadTimeout,
      passphrase,
      ca,
      caFile,
      caMode,
      serverName,
      minVersion,
      serverKeyPins,
      serverSpiffeId,
      strictPermissions,
      warnBefore,
      auth,
      ...rest
    } = copy;
    super({ ...rest, auth: authenticators(certificate, auth) });
    this.#certificate = certificate;
  }

  /** Public information about the certificate in use. Undefined until `load` has returned the first one. */
  get certificate(): CertificateInfo | undefined {
    return this.#certificate.certificate;
  }
}
