export { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
export type { KeyPermissionsEvent } from './certificate-events.ts';
export type { CertificateInfo } from './certificate-info.ts';
export { type ClientCertificate, clientCertificate } from './client-certificate.ts';
export type { ClientCertificateOptions } from './client-certificate-options.ts';
export type { CertificateMaterial, PemMaterial, Pkcs12Material } from './material/material.ts';
export type { Passphrase } from './material/passphrase.ts';
export { MtlsLLM, type MtlsLLMOptions } from './mtls-llm.ts';
export type { LoadCertificate } from './source/callback-source.ts';
