/** Rules on probes and lifecycle hooks. */
import type { HTTPGetAction, Lifecycle, LifecycleHandler, Probe, ProbeHandler } from "#api/types/core/v1";
import { forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { atLeastZero, type Findings, filled, oneOf, say } from "../findings.ts";
import { httpHeaderErrors, portNumberOrName } from "../name-forms.ts";

type AnyHandler = ProbeHandler & LifecycleHandler;

/** `grace`: the pod's terminationGracePeriodSeconds, which a sleep may not outlast. */
function* handler(path: string, of: AnyHandler, grace: number | undefined): Findings {
  const { exec, httpGet, tcpSocket, grpc, sleep } = of;
  const rules: [string, unknown, (here: string) => Findings][] = [
    ["exec", exec, (here) => filled(`${here}.command`, exec?.command?.length ? "some" : "")],
    ["httpGet", httpGet, (here) => httpGetAction(here, httpGet ?? { port: 0 })],
    ["tcpSocket", tcpSocket, (here) => portNumberOrName(`${here}.port`, tcpSocket?.port)],
    ["grpc", grpc, (here) => portNumberOrName(`${here}.port`, grpc?.port)],
    ["sleep", sleep, (here) => sleepAction(here, sleep?.seconds ?? 0, grace)],
  ];
  let found = false;
  for (const [name, value, rule] of rules) {
    if (!value) continue;
    if (found) yield forbidden(`${path}.${name}`, "may not specify more than 1 handler type");
    else yield* rule(`${path}.${name}`);
    found = true;
  }
  if (!found) yield required(path, "must specify a handler type");
}

function* httpGetAction(path: string, { path: file, port, scheme, httpHeaders }: HTTPGetAction): Findings {
  yield* filled(`${path}.path`, file);
  yield* portNumberOrName(`${path}.port`, port);
  yield* oneOf(`${path}.scheme`, scheme, ["HTTP", "HTTPS"]);
  for (const { name } of httpHeaders ?? []) yield* say(`${path}.httpHeaders`, name, httpHeaderErrors(name));
}

function* sleepAction(path: string, seconds: number, grace: number | undefined): Findings {
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return;
  yield invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`);
}

function* probe(path: string, of: Probe, grace: number | undefined): Findings {
  yield* handler(path, of, grace);
  yield* atLeastZero(`${path}.initialDelaySeconds`, of.initialDelaySeconds);
  yield* atLeastZero(`${path}.timeoutSeconds`, of.timeoutSeconds);
  yield* atLeastZero(`${path}.periodSeconds`, of.periodSeconds);
  yield* atLeastZero(`${path}.successThreshold`, of.successThreshold);
  yield* atLeastZero(`${path}.failureThreshold`, of.failureThreshold);
  const seconds = of.terminationGracePeriodSeconds;
  if (seconds !== undefined && seconds <= 0) {
    yield invalid(`${path}.terminationGracePeriodSeconds`, seconds, "must be greater than 0");
  }
}

interface Probed {
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
}

export function* probes(path: string, of: Probed, grace: number | undefined): Findings {
  const { livenessProbe, readinessProbe, startupProbe } = of;
  if (livenessProbe) yield* singleSuccess(`${path}.livenessProbe`, livenessProbe, grace);
  if (readinessProbe) {
    const here = `${path}.readinessProbe`;
    yield* probe(here, readinessProbe, grace);
    const seconds = readinessProbe.terminationGracePeriodSeconds;
    if (seconds !== undefined) {
      yield invalid(`${here}.terminationGracePeriodSeconds`, seconds, "must not be set for readinessProbes");
    }
  }
  if (startupProbe) yield* singleSuccess(`${path}.startupProbe`, startupProbe, grace);
}

/** Probes that decide over a restart: one success is enough. */
function* singleSuccess(path: string, of: Probe, grace: number | undefined): Findings {
  yield* probe(path, of, grace);
  const threshold = of.successThreshold ?? 0;
  if (threshold !== 1) yield invalid(`${path}.successThreshold`, threshold, "must be 1");
}

export function* lifecycle(path: string, of: Lifecycle | undefined, grace: number | undefined): Findings {
  if (of?.postStart) yield* handler(`${path}.postStart`, of.postStart, grace);
  if (of?.preStop) yield* handler(`${path}.preStop`, of.preStop, grace);
}
