/** The gRPC health check, grpc.health.v1. */
import { MessageCodec } from "#api/cri/codec.ts";
import { parseRuntimeApi } from "#api/cri/parse.ts";
import { GrpcConnection } from "../cri/connection.ts";
import { CriError, isTimeout, isUnimplemented } from "../cri/errors.ts";
import type { ProbeResult } from "./run.ts";

const table = parseRuntimeApi(`package grpc.health.v1

message HealthCheckRequest
  1 service string

message HealthCheckResponse
  1 status int32

service Health
  rpc Check HealthCheckRequest HealthCheckResponse
`);
const health = { codec: new MessageCodec(table), services: table.services };
const names = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
const serving = 1;

export async function checkHealth(options: {
  host: string;
  port: number;
  service: string;
  timeoutMs: number;
}): Promise<ProbeResult> {
  const { host, port, service, timeoutMs } = options;
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  using connection = new GrpcConnection(address);
  try {
    const { status } = await connection.unary<{ service: string }, { status: number }>(
      health,
      "Health",
      "Check",
      { service },
      { timeoutMs },
    );
    if (status === serving) return { outcome: "success", output: "service healthy" };
    return {
      outcome: "failure",
      output: `service unhealthy (responded with ${JSON.stringify(names[status] ?? String(status))})`,
    };
  } catch (error) {
    if (isUnimplemented(error)) {
      return {
        outcome: "failure",
        output: `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${CriError.from(error).message}`,
      };
    }
    if (isTimeout(error))
      return { outcome: "failure", output: `timeout: health rpc did not complete within ${timeoutMs / 1000}s` };
    return { outcome: "failure", output: `error: health rpc probe failed: ${CriError.from(error).message}` };
  }
}
