export { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
export type { CertificateInfo, KeyPermissionsEvent } from './certificate-info.ts';
export { type ClientCertificate, clientCertificate } from './client-certificate.ts';
export type {
  CertificateMaterial,
  LoadCertificate,
  Passphrase,
  PemMaterial,
  Pkcs12Material,
} from './material/material.ts';
export { MtlsLLM, type MtlsLLMOptions } from './mtls-llm.ts';
export type { ClientCertificateOptions } from './options.ts';
