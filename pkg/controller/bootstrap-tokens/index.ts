/** Tokens by which nodes join: signatures for them, and their end. */
export { tokenCleaner } from "./cleaner.ts";
export { bootstrapSigner } from "./signer.ts";
