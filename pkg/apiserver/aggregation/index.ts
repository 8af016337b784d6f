/** APIs that other servers serve under this one's address. */
export { Aggregator } from "./aggregator.ts";
export { Peers, type ProxyIdentity } from "./peers.ts";
export { proxyToApi } from "./proxy.ts";
export { RemoteApis } from "./remote-apis.ts";
export { keepTrust, trustOf } from "./trust.ts";
