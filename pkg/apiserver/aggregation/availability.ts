/** Whether an aggregated API can be used: looks at its Service, the endpoints of it, and asks its server. */
import { resources } from "#api/gen/resources.ts";
import type { Service } from "#api/types/core/v1";
import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import type { ObjectReader } from "../resources/reader.ts";
import type { Peers } from "./peers.ts";
import type { RemoteApi } from "./remote-api.ts";

export interface Availability {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** Of a group version that this server serves itself. */
export const localAvailability: Availability = {
  status: "True",
  reason: "Local",
  message: "Local APIServices are always available",
};

export const aggregatorUser = { name: "system:kube-aggregator", groups: ["system:masters"] };

/** A server that takes longer to name its resources is of no use to clients. */
const answerTimeoutMs = 5_000;
/** Any one of these that succeeds will do: one endpoint of several may be gone. */
const attempts = 5;

export async function checkAvailability(
  api: RemoteApi,
  { reader, peers, signal }: { readonly reader: ObjectReader; readonly peers: Peers; readonly signal: AbortSignal },
): Promise<Availability> {
  const service = (await reader.get(resources.services, api.service.namespace, api.service.name)) as
    | Service
    | undefined;
  const missing = service ? await missingEndpoints(api, service, reader) : noService(api);
  if (missing) return missing;
  const answers = Array.from({ length: attempts }, () => askOnce(api, peers, signal));
  const refused = await Promise.any(answers.map((answer) => answer.then(ensureNothing))).catch(
    (errors: AggregateError) => errors.errors.at(-1) as Error,
  );
  if (refused) return { status: "False", reason: "FailedDiscoveryCheck", message: refused.message };
  return { status: "True", reason: "Passed", message: "all checks passed" };
}

function ensureNothing(error: Error | undefined): undefined {
  if (error) throw error;
}

const failed = (reason: string, message: string): Availability => ({ status: "False", reason, message });
const nameOf = ({ service: { namespace, name } }: RemoteApi): string =>
  `service/${name} in ${JSON.stringify(namespace)}`;

const noService = (api: RemoteApi): Availability => failed("ServiceNotFound", `${nameOf(api)} is not present`);

async function missingEndpoints(
  api: RemoteApi,
  { spec }: Service,
  reader: ObjectReader,
): Promise<Availability | undefined> {
  if ((spec.type ?? "ClusterIP") !== "ClusterIP") return undefined;
  const { namespace, name, port } = api.service;
  const declared = spec.ports?.find((one) => one.port === port);
  if (!declared) return failed("ServicePortError", `${nameOf(api)} is not listening on port ${port}`);
  const slices = ((await reader.list(resources.endpointslices, namespace)) as EndpointSlice[]).filter(
    ({ metadata }) => metadata?.labels?.["kubernetes.io/service-name"] === name,
  );
  if (slices.length === 0) return failed("EndpointsNotFound", `cannot find endpointslices for ${nameOf(api)}`);
  const portName = declared.name ?? "";
  if (slices.some((slice) => isReady(slice, portName))) return undefined;
  const lack = `have no addresses with port name ${JSON.stringify(portName)}`;
  return failed("MissingEndpoints", `endpointslices for ${nameOf(api)} ${lack}`);
}

function isReady({ endpoints, ports }: EndpointSlice, portName: string): boolean {
  if (!endpoints?.some(({ conditions }) => conditions?.ready !== false)) return false;
  return ports?.some(({ name, port }) => (name ?? "") === portName && port !== undefined) ?? false;
}

/** Undefined: it answers. */
async function askOnce(api: RemoteApi, peers: Peers, signal: AbortSignal): Promise<Error | undefined> {
  try {
    const place = await peers.locate(api);
    const path = `/apis/${api.group}/${api.version}`;
    const url = `https://${place.host}:${place.port}${path}`;
    const timeout = AbortSignal.timeout(answerTimeoutMs);
    const answer = await peers
      .get(api, place, {
        path,
        headers: { accept: "application/json" },
        user: aggregatorUser,
        signal: AbortSignal.any([signal, timeout]),
        anyCertificate: true,
      })
      .catch((error: Error) => {
        const words = timeout.aborted
          ? "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
          : error.message;
        throw new Error(`failing or missing response from ${url}: Get ${JSON.stringify(url)}: ${words}`, {
          cause: error,
        });
      });
    if (answer.status >= 200 && answer.status < 300) return undefined;
    return new Error(`failing or missing response from ${url}: bad status from ${url}: ${answer.status}`);
  } catch (error) {
    return error as Error;
  }
}
