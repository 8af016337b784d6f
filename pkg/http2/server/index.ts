export { bodyStream } from "./body-stream.ts";
export { type ConnectionOptions, ServerConnection } from "./connection.ts";
export type { BodyReader } from "./incoming-body.ts";
export type { RequestHead } from "./request-head.ts";
export type { ServerStream } from "./stream.ts";
