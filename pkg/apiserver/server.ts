/** Composes an API server and starts it. */
import { readFileSync } from "node:fs";
import { systemClock } from "#pkg/apimachinery/clock.ts";
import type { Component } from "#pkg/apimachinery/component.ts";
import { createLogger, type Logger } from "#pkg/apimachinery/log.ts";
import { addressAt, parseRange, printRange } from "#pkg/apimachinery/net/range.ts";
import { openStorage, type Storage } from "#pkg/storage/index.ts";
import { AdmissionChain } from "./admission/chain.ts";
import { readAdmissionConfiguration } from "./admission/configuration/read.ts";
import { DynamicAdmissionServices } from "./admission/dynamic.ts";
import { builtInPlugins } from "./admission/index.ts";
import type { AdmissionPlugin, AdmissionServices } from "./admission/plugin.ts";
import { quotaLedger } from "./admission/resource-quota/swap.ts";
import { Aggregator, keepTrust, Peers, RemoteApis, trustOf } from "./aggregation/index.ts";
import { ServiceAllocators } from "./allocation/services.ts";
import { anonymous } from "./authn/authenticator.ts";
import { type Authentication, buildAuthentication } from "./authn/build.ts";
import { type Authorizer, alwaysAllow, alwaysDeny, authorizerChain, privilegedGroup } from "./authz/authorizer.ts";
import { nodeAuthorizer } from "./authz/node/authorizer.ts";
import { rbacAuthorizer } from "./authz/rbac/authorizer.ts";
import { escalationGuard } from "./authz/rbac/escalation.ts";
import { feedPolicy } from "./authz/rbac/feed.ts";
import { RbacPolicy } from "./authz/rbac/policy.ts";
import { bootstrap, bootstrapRules } from "./bootstrap/bootstrap.ts";
import { keepFlowObjects } from "./bootstrap/flow-objects.ts";
import { KubernetesService } from "./bootstrap/kubernetes-service.ts";
import { MasterLeases } from "./bootstrap/master-leases.ts";
import { untilDone } from "./bootstrap/until-done.ts";
import { CustomResourceRegistrar } from "./extensions/registrar.ts";
import { type Limiting, startLimiter } from "./flow-control/index.ts";
import { buildHandler } from "./handler.ts";
import { type Listener, listen } from "./http/listener.ts";
import { readOptional } from "./kubelet-address.ts";
import { HealthMetrics } from "./metrics/health.ts";
import { RequestMetrics } from "./metrics/requests.ts";
import type { ApiServerOptions } from "./options.ts";
import { DiscoveryPages } from "./pages/discovery.ts";
import { buildPages } from "./pages/index.ts";
import { buildTable, isPersisted } from "./resources/build-table.ts";
import { type ObjectReader, readerOf } from "./resources/reader.ts";
import type { ServerServices } from "./services.ts";
import { healthChecks, Startup } from "./startup.ts";
import { serviceResolver } from "./webhook/index.ts";

export interface ApiServer extends Component {
  readonly port: number;
}

interface Parts {
  readonly options: ApiServerOptions;
  readonly storage: Storage;
  readonly log: Logger;
  readonly stopping: AbortController;
}

/** Resolves when the server answers requests; `/readyz` says when the bootstrap objects are there too. */
export async function startApiServer(
  options: ApiServerOptions,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<ApiServer> {
  const log = createLogger("kube-apiserver");
  const storage = await openStorage(storageOptions(options, signal));
  const parts: Parts = { options, storage, log, stopping: new AbortController() };
  try {
    return await start(parts, signal);
  } catch (error) {
    parts.stopping.abort();
    await storage[Symbol.asyncDispose]();
    throw error;
  }
}

function storageOptions(
  { etcd }: ApiServerOptions,
  signal: AbortSignal | undefined,
): Parameters<typeof openStorage>[0] {
  return {
    endpoints: etcd.servers,
    prefix: `${etcd.prefix}/`,
    isSoleWriter: etcd.isSoleWriter,
    ...(etcd.caFile ? { ca: etcd.caFile } : {}),
    ...(etcd.certFile ? { cert: etcd.certFile } : {}),
    ...(etcd.keyFile ? { key: etcd.keyFile } : {}),
    ...(etcd.compactionIntervalMs === undefined ? {} : { compactionIntervalMs: etcd.compactionIntervalMs }),
    ...(signal ? { signal } : {}),
  };
}

async function start(parts: Parts, signal: AbortSignal | undefined): Promise<ApiServer> {
  const { options, storage, log, stopping } = parts;
  const table = buildTable(storage, options.etcd.prefix);
  const reader = readerOf(table);
  for (const resource of table) if (isPersisted(resource.def)) void resource.store;
  await storage.ready(signal);
  const policy = new RbacPolicy();
  const allocators = new ServiceAllocators({
    cidrs: serviceRanges(options),
    ports: options.serviceNodePortRange,
    root: options.etcd.prefix,
    storage,
    log,
  });
  const follow = { signal: stopping.signal, log };
  await Promise.all([feedPolicy(policy, table, follow), allocators.follow(table, follow)]);
  const authentication = buildAuthentication(options, reader, systemClock.now);
  const authorizer = buildAuthorizer(options.authorizationModes, policy, reader);
  const metrics = new RequestMetrics();
  const { registry } = metrics;
  const dynamic = new DynamicAdmissionServices(table, {
    ...follow,
    registry,
    routesToEndpoints: options.routesToEndpoints,
  });
  const plugins = buildPlugins(options, {
    reader,
    authorizer,
    clock: systemClock,
    quotas: quotaLedger(table),
    registry,
    dynamic,
  });
  const remoteApis = new RemoteApis(peersOf(options, reader), registry);
  const limiting = await startLimiter(options, { table, remoteApis, registry, follow });
  const services: ServerServices = {
    storage,
    table,
    reader,
    log,
    authorizer,
    policy,
    clock: systemClock,
    admission: new AdmissionChain([escalationGuard({ policy, authorizer, reader }), ...plugins]),
    remoteApis,
    allocation: allocators,
    tokens: authentication.reviewer,
    tokenIssue: authentication.issue,
    kubelet: kubeletConnection(options),
    stopping: stopping.signal,
  };
  const aggregator = new Aggregator(services, services.remoteApis);
  const definitions = new CustomResourceRegistrar(services, {
    root: options.etcd.prefix,
    client: dynamic.client,
  });
  await Promise.all([dynamic.ready(), definitions.start(), aggregator.start()]);
  return serve(parts, services, { authentication, allocators, aggregator, metrics, limiting }, signal);
}

function buildPlugins(
  options: ApiServerOptions,
  services: Omit<AdmissionServices, "configurationOf">,
): readonly AdmissionPlugin[] {
  try {
    const configurationOf = readAdmissionConfiguration(options.admissionConfigurationFile);
    const chosen = { enable: options.enableAdmission, disable: options.disableAdmission };
    return builtInPlugins({ ...services, configurationOf }, chosen);
  } catch (error) {
    throw new Error(`failed to apply admission: ${(error as Error).message}`, { cause: error });
  }
}

/** As they are written in a ServiceCIDR. Throws on a range that is none. */
const serviceRanges = ({ serviceClusterIpRange }: ApiServerOptions): string[] =>
  serviceClusterIpRange.split(",").map((text) => printRange(parseRange(text.trim())));

function peersOf({ proxyClient, routesToEndpoints }: ApiServerOptions, reader: ObjectReader): Peers {
  const identity = proxyClient && {
    cert: readFileSync(proxyClient.certFile, "utf8"),
    key: readFileSync(proxyClient.keyFile, "utf8"),
  };
  return new Peers(serviceResolver(reader, { toEndpoints: routesToEndpoints }), identity);
}

function kubeletConnection({ kubelet }: ApiServerOptions): ServerServices["kubelet"] {
  return {
    cert: readOptional(kubelet.certFile),
    key: readOptional(kubelet.keyFile),
    ca: readOptional(kubelet.caFile),
    addressTypes: kubelet.addressTypes,
  };
}

function buildAuthorizer(modes: readonly string[], policy: RbacPolicy, reader: ObjectReader): Authorizer {
  const make = (mode: string): Authorizer => {
    switch (mode) {
      case "AlwaysAllow":
        return alwaysAllow;
      case "AlwaysDeny":
        return alwaysDeny;
      case "Node":
        return nodeAuthorizer(reader, bootstrapRules("system:node"));
      case "RBAC":
        return rbacAuthorizer(policy);
      default:
        throw new Error(`unknown authorization mode ${mode}`);
    }
  };
  return authorizerChain([privilegedGroup, ...modes.map(make)]);
}

interface Keepers {
  readonly authentication: Authentication;
  readonly allocators: ServiceAllocators;
  readonly aggregator: Aggregator;
  readonly metrics: RequestMetrics;
  readonly limiting: Limiting;
}

async function serve(
  parts: Parts,
  services: ServerServices,
  { authentication, allocators, aggregator, metrics, limiting }: Keepers,
  signal: AbortSignal | undefined,
): Promise<ApiServer> {
  const { options, storage, log, stopping } = parts;
  const { limiter, fairness } = limiting;
  const startup = new Startup();
  const advertised = (): string => `${options.advertiseAddress}:${listener?.address.port ?? options.securePort}`;
  const pages = buildPages({
    health: {
      checks: healthChecks({
        startup,
        etcd: () => storage.healthy(),
        stopping: stopping.signal,
        priorityAndFairness: fairness !== undefined,
      }),
      metrics: new HealthMetrics(),
    },
    registry: metrics.registry,
    discovery: new DiscoveryPages(advertised, services.table, services.remoteApis),
    issuer: authentication.issue?.issuer,
    keys: authentication.keys,
    profiling: options.profiling,
    flowControl: fairness?.control,
  });
  const handle = buildHandler({
    services,
    pages,
    metrics,
    limiter,
    authenticators: authentication.authenticators,
    anonymous: options.anonymous ? anonymous : undefined,
    requestTimeoutMs: options.requestTimeoutMs,
  });
  const pem = (file: string) => readFileSync(file, "utf8");
  let listener: Listener | undefined;
  listener = await listen({
    host: options.bindAddress,
    port: options.securePort,
    sharesPort: options.portSharing,
    handle,
    onFault: (error) => log.error({ err: error }, "a connection ended for a fault of the server"),
    tls: { cert: pem(options.tls.certFile), key: pem(options.tls.keyFile), clientCas: authentication.clientCas },
  });
  const { port } = listener.address;
  log.info({ address: options.bindAddress, port }, "the API server began to serve");
  const self = new KubernetesService({
    services,
    leases: new MasterLeases(storage.raw, options.etcd.prefix),
    address: {
      clusterIp: addressAt(parseRange(serviceRanges(options)[0] as string), 1n),
      advertise: options.advertiseAddress,
      port,
    },
  });
  void (async () => {
    const patiently = (act: () => Promise<void>, what: string) =>
      untilDone(act, { clock: services.clock, log, signal: stopping.signal, what });
    const objects = patiently(() => bootstrap(services, log), "bootstrap objects were not written");
    await Promise.all([
      objects.then(() => {
        startup.finished("bootstrap objects");
        fairness?.objects.keepStatus(services);
        keepFlowObjects(services);
      }),
      allocators.start(services).then(() => startup.finished("allocators")),
    ]);
    await patiently(() => keepTrust(services, trustOf(options)), "what extensions trust was not published");
    startup.finished("trust");
    // Two servers that start at once both want the Service's address: one of them finds the other's a moment later.
    await patiently(() => self.start(), "the kubernetes Service was not written");
    startup.finished("kubernetes Service");
    aggregator.begin();
    startup.finished("API services");
  })().catch((error: unknown) => {
    if (!stopping.signal.aborted) log.error({ err: error }, "bootstrap objects could not be written");
  });
  return stoppable({ port, listener, storage, stopping, log, signal, self });
}

interface Running {
  readonly port: number;
  /** Its place among the endpoints of the `kubernetes` Service. */
  readonly self: AsyncDisposable;
  readonly listener: Listener;
  readonly storage: Storage;
  readonly stopping: AbortController;
  readonly log: Logger;
  readonly signal: AbortSignal | undefined;
}

/** Stopping ends the watches, lets requests finish within a bound, then lets go of etcd. */
function stoppable({ port, self, listener, storage, stopping, log, signal }: Running): ApiServer {
  const { promise: stopped, resolve, reject } = Promise.withResolvers<void>();
  let begun = false;
  const stop = async (): Promise<void> => {
    if (!begun) {
      begun = true;
      await self[Symbol.asyncDispose]();
      stopping.abort();
      await listener[Symbol.asyncDispose]();
      await storage[Symbol.asyncDispose]();
      log.info("the API server stopped");
      resolve();
    }
    await stopped;
  };
  signal?.addEventListener("abort", () => void stop().catch(reject), { once: true });
  return { port, stopped, [Symbol.asyncDispose]: stop };
}
