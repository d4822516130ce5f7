import { copyOptions } from '@crew/core';
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { authenticators } from '@crew/llm-http/adapter';
import type { CertificateInfo } from './certificate-info.ts';
import { ClientCertificate } from './client-certificate.ts';
import { type ClientCertificateOptions, OPTION_NAMES } from './client-certificate-options.ts';

/** The options of an `HttpLLM` and those of `clientCertificate()`. */
export type MtlsLLMOptions = HttpLLMOptions & ClientCertificateOptions;

/**
 * A model behind an HTTPS endpoint that wants a client certificate. More authenticators can follow in `auth`.
 *
 * @example
 * await using llm = new MtlsLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   certFile: '/etc/crew/tls.crt',
 *   keyFile: '/etc/crew/tls.key',
 *   caFile: '/etc/crew/ca.crt',
 * });
 * console.log(await llm.call('Say hello.'), llm.certificate?.daysLeft);
 */
export class MtlsLLM extends HttpLLM {
  readonly #certificate: ClientCertificate;

  /** @throws {ConfigurationError} for options that are wrong, and for a certificate from values or files that cannot be used. */
  constructor(given: MtlsLLMOptions) {
    const options = copyOptions(given, Object.keys(OPTION_NAMES));
    const certificate = new ClientCertificate(options);
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
    } = options;
    super({ ...rest, auth: authenticators(certificate, auth) });
    this.#certificate = certificate;
  }

  /** What can be told of the certificate in use; undefined until `load` gave the first one. */
  get certificate(): CertificateInfo | undefined {
    return this.#certificate.certificate;
  }
}
