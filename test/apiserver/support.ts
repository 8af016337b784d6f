export { type Client, connect } from "#pkg/client/index.ts";
export { pkiPaths as pkiUser } from "#pkg/pki/index.ts";
