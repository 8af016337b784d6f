/** Streams through upgraded connections: exec, attach, port forwarding, and whatever a proxied server upgrades to. */
export { type DialOptions, type DialTarget, dial, type TlsIdentity, UpgradeRefused } from "./dial.ts";
export type { StreamChoice } from "./exec.ts";
export { type MessageStream, streamMessages } from "./messages.ts";
export { type ProxyUpgradeOptions, proxyUpgrade, upgradeRequired } from "./proxy-upgrade.ts";
export { type RelayOptions, relayUpgrade } from "./relay.ts";
export { SpdyConnection, type SpdyOptions } from "./spdy/connection.ts";
export { SpdyStream } from "./spdy/stream.ts";
