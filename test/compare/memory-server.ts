/**
 * The write path of the API server over a store in memory: real strategies, real admission plugins, no etcd and no HTTP.
 * Every write is a dry run, so that thousands of recorded requests can be asked in a second.
 */
import { Registry } from "prom-client";
import { systemClock } from "#pkg/apimachinery/clock.ts";
import { decodeObject, type FieldValidation } from "#pkg/apimachinery/codec/index.ts";
import { cloneJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import { AdmissionChain } from "#pkg/apiserver/admission/chain.ts";
import { builtInPlugins } from "#pkg/apiserver/admission/index.ts";
import { PoolAllocator } from "#pkg/apiserver/allocation/allocator.ts";
import { portPool } from "#pkg/apiserver/allocation/pools.ts";
import { changeOf, type PatchContext, type PatchKind } from "#pkg/apiserver/endpoints/patch.ts";
import { buildTable } from "#pkg/apiserver/resources/build-table.ts";
import type { ObjectReader } from "#pkg/apiserver/resources/reader.ts";
import type { ServedResource } from "#pkg/apiserver/resources/served-resource.ts";
import type { ServerServices } from "#pkg/apiserver/services.ts";
import { createObject, ensureNamespace } from "#pkg/apiserver/write/create.ts";
import { objectOf, type WriteRequest } from "#pkg/apiserver/write/request.ts";
import { nameMismatch, nameUndeterminable, updateObject } from "#pkg/apiserver/write/update.ts";
import type { AddressAllocator, RequestUser } from "#pkg/registry/strategy.ts";
import type { ResourceStore, Storage, StoredObject } from "#pkg/storage/types.ts";
import { recordedVersion } from "./recorded.ts";

/** The `fieldManager` of every recorded request. */
const recordedManager = "gold";
const user: RequestUser = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

/** What an object's URL says. */
export interface Target {
  readonly resource: ServedResource;
  readonly namespace: string;
  /** Empty for a collection. */
  readonly name: string;
}

export interface MemoryServer {
  targetOf(url: string): Target;
  /** Defines what `get` finds, in the version of the target. */
  put(target: Target, object: KubeObject): void;
  forget(): void;
  /** POST of `body` with fieldValidation=Strict; throws StatusError. */
  create(target: Target, body: unknown): Promise<KubeObject>;
  /** PUT of `body`; throws StatusError. */
  update(target: Target, body: unknown): Promise<KubeObject>;
  /** PATCH of the object itself or of its status; throws StatusError. */
  patch(target: Target, patch: Patch): Promise<KubeObject>;
  readonly warnings: string[];
}

export interface Patch {
  readonly kind: PatchKind;
  readonly value: unknown;
  readonly subresource: "" | "status";
}

const revision = Number(recordedVersion);

export interface MemoryServerOptions {
  /** Ports of the nodes that Services of the cluster hold which nobody asks about. */
  readonly heldPorts?: readonly number[];
}

export function memoryServer({ heldPorts = [] }: MemoryServerOptions = {}): MemoryServer {
  const objects = new Map<string, StoredObject>();
  const unsupported = (): never => {
    throw new Error("the store in memory only reads");
  };
  const storeOf = (prefix: string): ResourceStore => ({
    prefix,
    size: objects.size,
    bytes: 0,
    get: async (key) => objects.get(key),
    list: async () => ({ items: [], revision }),
    watch: unsupported,
    create: unsupported,
    update: unsupported,
    delete: unsupported,
  });
  const storage = { store: (spec) => storeOf(spec.prefix) } as Pick<Storage, "store"> as Storage;
  const table = buildTable(storage, "/registry");
  const warnings: string[] = [];
  const nodePorts = new PoolAllocator(portPool({ from: 30000, to: 32767 }));
  for (const port of heldPorts) nodePorts.hold(String(port), "another Service");
  const services = servicesOf(table, nodePorts);
  const requestOf = ({ resource, namespace, name }: Target): WriteRequest => ({
    services,
    resource,
    namespace,
    name,
    user,
    subresource: "",
    dryRun: true,
    manager: recordedManager,
    warn: (text) => void warnings.push(text),
  });
  return {
    warnings,
    targetOf: (url) => parseTarget(url, (group, version, plural) => table.ensure(group, version, plural)),
    put({ resource, namespace, name }, object) {
      const key = resource.keyOf(namespace, name);
      objects.set(key, storedOf(key, resource.conversion?.toStored(object) ?? object));
    },
    forget: () => objects.clear(),
    async create(target, body) {
      const object = decode(target, body, "Strict");
      return objectOf(await createObject(requestOf({ ...target, name: "" }), object));
    },
    async update(target, body) {
      const object = decode(target, body, "Warn");
      const write = requestOf(target);
      ensureNamespace(write, object.metadata);
      if (!object.metadata.name) throw badRequest(nameUndeterminable(target.name));
      if (object.metadata.name !== target.name) throw badRequest(nameMismatch(object.metadata.name, target.name));
      target.resource.strategy.applyDefaults?.(object);
      return objectOf(await updateObject(write, () => cloneJson(object)));
    },
    async patch(target, { kind, value, subresource }) {
      const { resource } = target;
      const context = { resource, warnings, request: { subresource } as PatchContext["request"] };
      const { transform, options } = changeOf(context, { kind, parsed: value }, "Warn");
      return objectOf(await updateObject({ ...requestOf(target), subresource }, transform, options));
    },
  };
}

function servicesOf(table: ServerServices["table"], nodePorts: PoolAllocator): ServerServices {
  const reader = readerStub();
  const admission = new AdmissionChain(
    builtInPlugins(
      {
        reader,
        clock: systemClock,
        quotas: { swap: async () => ({ done: true }) },
        authorizer: { authorize: async () => ({ decision: "allow", reason: "" }) } as never,
        dynamic: undefined as never,
        registry: new Registry(),
        configurationOf: () => undefined,
      },
      // Nobody configured any of these where the answers were recorded.
      { enable: [], disable: ["MutatingAdmissionWebhook", "ValidatingAdmissionWebhook", "ValidatingAdmissionPolicy"] },
    ),
  );
  const used: Pick<ServerServices, "table" | "reader" | "clock" | "admission" | "allocation"> = {
    table,
    reader,
    clock: systemClock,
    admission,
    allocation: { clusterIps: shownAddresses, nodePorts },
  };
  return used as ServerServices;
}

/** What a dry run of a cluster with this range shows. */
const shownAddresses: AddressAllocator = {
  families: ["IPv4"],
  allocate: async ({ wanted }) => ({ address: wanted ?? "10.96.0.0", adopted: false }),
  release: async () => {},
};

/** A cluster with every namespace live, a service account in each, and the two system priority classes. */
function readerStub(): ObjectReader {
  const values = new Map([
    ["system-cluster-critical", 2_000_000_000],
    ["system-node-critical", 2_000_001_000],
  ]);
  const get = async ({ plural }: { plural: string }, namespace: string, name: string): Promise<unknown> => {
    if (plural === "namespaces") return { metadata: { name }, status: { phase: "Active" } };
    if (plural === "serviceaccounts" && name === "default") return { metadata: { name, namespace } };
    const value = plural === "priorityclasses" ? values.get(name) : undefined;
    return value === undefined ? undefined : { metadata: { name }, value };
  };
  return {
    get: get as ObjectReader["get"],
    getLatest: get as ObjectReader["get"],
    list: async () => [],
    scan: async () => [],
  };
}

/** Frozen: whoever writes shares it with all others, and must not change it. */
function storedOf(key: string, object: KubeObject): StoredObject {
  const whole = structuredClone({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
  freeze(whole);
  return { key, revision, object: whole, labels: {}, fields: {}, bytes: Buffer.from(JSON.stringify(whole)) };
}

function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}

function decode({ resource }: Target, body: unknown, fieldValidation: FieldValidation): KubeObject {
  const { def } = resource;
  const { object } = decodeObject(Buffer.from(JSON.stringify(body)), {
    group: def.group,
    version: def.version,
    kind: def.kind,
    type: def.type,
    fieldValidation,
    mediaType: "application/json",
  });
  object.metadata ??= {};
  return resource.conversion?.toStored(object) ?? object;
}

type Find = (group: string, version: string, plural: string) => ServedResource;

function parseTarget(url: string, find: Find): Target {
  const parts = url.split("/").slice(1);
  const [group, version, rest] =
    parts[0] === "api" ? ["", parts[1] ?? "", parts.slice(2)] : [parts[1] ?? "", parts[2] ?? "", parts.slice(3)];
  const namespaced = rest[0] === "namespaces" && rest.length > 2;
  const [plural = "", name = ""] = namespaced ? rest.slice(2) : rest;
  return { resource: find(group, version, plural), namespace: namespaced ? (rest[1] ?? "") : "", name };
}
