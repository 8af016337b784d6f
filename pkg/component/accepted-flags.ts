/**
 * Flags of upstream's components that ours take, so that existing manifests apply, and have no use for: our client limits no
 * rates of its own, pages for health and metrics ask nobody who they are, and tokens are not looked up. Everything else that
 * is unknown is refused.
 */
import type { Options } from "yargs";

const text: Options = { type: "string", hidden: true };
const list: Options = { type: "string", array: true, hidden: true };
const count: Options = { type: "number", hidden: true };
const yesNo: Options = { type: "boolean", hidden: true };

export const acceptedFlags: Readonly<Record<string, Options>> = {
  "authentication-kubeconfig": text,
  "authentication-skip-lookup": yesNo,
  "authentication-token-webhook-cache-ttl": text,
  "authentication-tolerate-lookup-failure": yesNo,
  "authorization-always-allow-paths": list,
  "authorization-kubeconfig": text,
  "client-ca-file": text,
  "contention-profiling": yesNo,
  "feature-gates": list,
  "kube-api-burst": count,
  "kube-api-content-type": text,
  "kube-api-qps": count,
  "logging-format": text,
  profiling: yesNo,
  "requestheader-allowed-names": list,
  "requestheader-client-ca-file": text,
  "requestheader-extra-headers-prefix": list,
  "requestheader-group-headers": list,
  "requestheader-username-headers": list,
  "tls-cipher-suites": list,
  "tls-min-version": text,
};
