/** The cluster's certificates and kubeconfigs. */

export { issueAuthority, issueLeaf } from "./issue.ts";
export {
  buildKubeconfig,
  type KubeconfigRequest,
  type MergeResult,
  mergeKubeconfig,
  removeFromKubeconfig,
} from "./kubeconfig.ts";
export type { AuthoritySpec, KeyPair, LeafSpec } from "./model.ts";
export { type PkiNode, type PkiPlan, type PkiRequest, paths as pkiPaths, planPki } from "./plan.ts";
export { type RequestedNames, readRequest, type SigningTerms, signRequest } from "./request.ts";
export { selfSignedServing } from "./self-signed.ts";
export { ensurePki, type PkiResult, writeSecret } from "./store.ts";
export { parseSigningKey, type SigningKey } from "./token-keys.ts";
