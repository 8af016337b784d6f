/** Which failures of a write say something about the state that it looked at. */
import { EtcdError } from "#pkg/storage/index.ts";

/**
 * A refusal of a state that may be old is worth another look at the latest. What etcd has not confirmed is not: it may have
 * been written, and would be written again, over what others made of it since.
 */
export const isRefusal = (error: unknown): boolean => !(error instanceof EtcdError);
