/** Requests for certificates: approved, signed and cleaned up. */
export { certificateApproving } from "./approving.ts";
export { certificateCleaning } from "./cleaning.ts";
export { certificateSigning } from "./signing.ts";
