/** A driver of devices for tests: registers with a kubelet, and prepares what it is asked to as the test says. */
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type sendUnaryData as Answer,
  type ServerUnaryCall as Call,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
} from "@grpc/grpc-js";
import type { ServiceTable } from "#api/cri/index.ts";
import { type ClaimReference, type DeviceReply, services } from "#pkg/kubelet/dra/api.ts";
import { registration } from "#pkg/kubelet/plugins/registration-api.ts";

interface Table {
  readonly codec: { encode(name: string, value: object): Buffer; decode(name: string, bytes: Buffer): object };
  readonly services: ReadonlyMap<string, ServiceTable>;
}

type Handler = (request: never) => object;

/** Serves the methods of one service on a unix socket. A handler that throws answers with its message. */
async function serve(path: string, table: Table, handlers: Readonly<Record<string, Handler>>): Promise<Server> {
  const server = new Server();
  for (const { name, methods } of table.services.values()) {
    const definition = Object.fromEntries(
      methods.map((method) => [
        method.name,
        {
          path: `/${name}/${method.name}`,
          requestStream: false,
          responseStream: false,
          requestSerialize: (value: object) => table.codec.encode(method.request, value),
          requestDeserialize: (bytes: Buffer) => table.codec.decode(method.request, bytes),
          responseSerialize: (value: object) => table.codec.encode(method.response, value),
          responseDeserialize: (bytes: Buffer) => table.codec.decode(method.response, bytes),
        },
      ]),
    );
    const answers = methods.map((method) => [
      method.name,
      (call: Call<never, object>, answer: Answer<object>) => {
        try {
          answer(null, handlers[method.name]?.(call.request) ?? {});
        } catch (error) {
          answer({ code: status.UNKNOWN, details: (error as Error).message });
        }
      },
    ]);
    server.addService(definition as ServiceDefinition, Object.fromEntries(answers));
  }
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.bindAsync(`unix://${path}`, ServerCredentials.createInsecure(), (error) =>
    error ? reject(error) : resolve(),
  );
  await promise;
  return server;
}

export interface DraDriverOptions {
  readonly name: string;
  /** The kubelet's. */
  readonly rootDir: string;
  /** Absent: the newest. */
  readonly version?: "v1" | "v1beta1";
  /** What it says it serves; absent: the truth. */
  readonly supportedVersions?: readonly string[];
  readonly type?: string;
}

export class DraDriver implements AsyncDisposable {
  readonly name: string;
  /** Names of claims, as it was asked. */
  readonly prepared: string[] = [];
  readonly unprepared: string[] = [];
  /** What the kubelet said of the registration; empty: it was taken. */
  readonly told: string[] = [];
  /** What becomes of a claim; throwing fails the call, an `error` the claim. */
  prepare: (claim: ClaimReference) => { readonly devices?: readonly DeviceReply[]; readonly error?: string } =
    () => ({});
  unprepare: (claim: ClaimReference) => { readonly error?: string } = () => ({});
  readonly #options: DraDriverOptions;
  #plugin: Server | undefined;
  #registration: Server | undefined;

  constructor(options: DraDriverOptions) {
    this.#options = options;
    this.name = options.name;
  }

  get endpoint(): string {
    return join(this.#options.rootDir, "plugins", this.name, "dra.sock");
  }

  get registrationSocket(): string {
    return join(this.#options.rootDir, "plugins_registry", `${this.name}-reg.sock`);
  }

  async start(): Promise<this> {
    const { version = "v1" } = this.#options;
    const service = `${version}.DRAPlugin`;
    const answer = <T>(calls: string[], one: (claim: ClaimReference) => T) =>
      (({ claims }: { claims: readonly ClaimReference[] }) => {
        for (const { name } of claims) calls.push(name);
        return { claims: Object.fromEntries(claims.map((claim) => [claim.uid, one(claim)])) };
      }) as Handler;
    this.#plugin = await serve(this.endpoint, services.get(service) as Table, {
      NodePrepareResources: answer(this.prepared, (claim) => this.prepare(claim)),
      NodeUnprepareResources: answer(this.unprepared, (claim) => this.unprepare(claim)),
    });
    const { type = "DRAPlugin", supportedVersions = [service] } = this.#options;
    this.#registration = await serve(this.registrationSocket, registration, {
      GetInfo: () => ({ type, name: this.name, endpoint: this.endpoint, supportedVersions }),
      NotifyRegistrationStatus: ({ error }: { error: string }) => {
        this.told.push(error);
        return {};
      },
    });
    return this;
  }

  /** As when its process ends: its sockets go. */
  async stop(): Promise<void> {
    this.#registration?.forceShutdown();
    this.#plugin?.forceShutdown();
    await rm(this.registrationSocket, { force: true });
    await rm(this.endpoint, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** A device for one request, with one name in the Container Device Interface. */
export const deviceReply = (deviceName: string, ...requestNames: string[]): DeviceReply => ({
  requestNames,
  poolName: "pool",
  deviceName,
  cdiDeviceIds: [`example.com/device=${deviceName}`],
  shareId: "",
});
