/**
 * Headers of answers. The server is told to keep no table, so that nothing it sends depends on what it sent before, and
 * blocks of all connections are read by one decoder.
 */
import { HeaderDecoder } from "#pkg/http2/header-decoder.ts";

const decoder = new HeaderDecoder(0);

/** The fields of a block; of two with one name the later. Throws where the block is none. */
export function decodeHeaders(block: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  decoder.decode(block, (name, value) => headers.set(name, value));
  return headers;
}
