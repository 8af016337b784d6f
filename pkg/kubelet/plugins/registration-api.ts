/** How a plugin says what it is and hears what became of it: the API pluginregistration of upstream's kubelet. */
import { MessageCodec } from "#api/cri/codec.ts";
import { parseRuntimeApi } from "#api/cri/parse.ts";
import type { GrpcConnection } from "../cri/connection.ts";

const table = parseRuntimeApi(`package pluginregistration

message PluginInfo
  1 type string
  2 name string
  3 endpoint string
  4 supported_versions []string

message RegistrationStatus
  1 plugin_registered bool
  2 error string

message RegistrationStatusResponse

message InfoRequest

service Registration
  rpc GetInfo InfoRequest PluginInfo
  rpc NotifyRegistrationStatus RegistrationStatus RegistrationStatusResponse
`);
/** Both ends of it are here: tests play the plugin. */
export const registration = { codec: new MessageCodec(table), services: table.services };

export interface PluginInfo {
  readonly type: string;
  readonly name: string;
  /** Empty: where it was asked. */
  readonly endpoint: string;
  readonly supportedVersions: readonly string[];
}

const timeoutMs = 1_000;

/** Rejects with CriError. */
export const getInfo = (connection: GrpcConnection, signal: AbortSignal): Promise<PluginInfo> =>
  connection.unary<object, PluginInfo>(registration, "Registration", "GetInfo", {}, { timeoutMs, signal });

/** `error` is empty for a plugin that was taken. Rejects with CriError. */
export async function notify(connection: GrpcConnection, error: string, signal: AbortSignal): Promise<void> {
  const status = { pluginRegistered: error === "", error };
  const options = { timeoutMs, signal };
  await connection.unary<typeof status, object>(
    registration,
    "Registration",
    "NotifyRegistrationStatus",
    status,
    options,
  );
}
