import { ProtocolError } from '../errors/protocol-error.ts';

/** The error of a hook whose stream was over without having given its turn. */
export function streamWithoutEnd(partialText?: string): ProtocolError {
  return new ProtocolError('The stream ended without its finish part.', { partialText });
}
