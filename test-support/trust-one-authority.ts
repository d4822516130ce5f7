// Setup file of all tests: reduces the CA certificates that Node trusts by default to one. A TLS context with a private CA parses
// all of them again: one takes a millisecond, the few hundred of a machine take fifty.
import { rootCertificates, setDefaultCACertificates } from 'node:tls';

setDefaultCACertificates(rootCertificates.slice(0, 1));
