// Setup file of all tests: for a program that names an authority of its own, Node reads those it trusts by default beside
// it anew for each LLM. One of them takes a millisecond, the few hundred of a machine fifty.
import { rootCertificates, setDefaultCACertificates } from 'node:tls';

setDefaultCACertificates(rootCertificates.slice(0, 1));
