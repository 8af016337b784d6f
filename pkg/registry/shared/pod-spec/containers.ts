/** Rules on the containers of a pod: ordinary, init and ephemeral ones. */
import type {
  Container,
  ContainerPort,
  ContainerResizePolicy,
  ContainerRestartRule,
  PodSpec,
  Volume,
} from "#api/types/core/v1";
import { asSent } from "#pkg/apimachinery/emptied.ts";
import {
  duplicate,
  forbidden,
  invalid,
  notFoundValue,
  notSupported,
  required,
} from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, filled, oneOf, requiredOneOf, say } from "../findings.ts";
import { dnsLabel, portNameErrors, portNumberErrors } from "../name-forms.ts";
import { containerResourceName } from "../resource-names.ts";
import { resourceRequirements } from "../resource-requirements.ts";
import { envFrom, envVars } from "./env.ts";
import { lifecycle, probes } from "./handlers.ts";
import { volumeDevices, volumeMounts } from "./mounts.ts";
import { containerSecurityContext } from "./security-context.ts";

export interface ContainerContext {
  readonly spec: PodSpec;
  /** Volumes that may be mounted. */
  readonly volumes: ReadonlyMap<string, Volume>;
  /** Names in `resourceClaims`. */
  readonly claims: ReadonlySet<string>;
}

const shareHostUsers = ({ spec }: ContainerContext): boolean => spec.hostUsers ?? true;

export function* ordinaryContainers(path: string, context: ContainerContext): Findings {
  const { containers, terminationGracePeriodSeconds: grace } = context.spec;
  if (!containers?.length) {
    yield required(path);
    return;
  }
  const names = new Set<string>();
  for (const [at, container] of containers.entries()) {
    const here = `${path}[${at}]`;
    yield* anyContainer(here, container, context);
    if (names.has(container.name)) yield duplicate(`${here}.name`, container.name);
    names.add(container.name);
    yield* lifecycle(`${here}.lifecycle`, container.lifecycle, grace);
    yield* probes(here, container, grace);
    yield* restartPolicy(here, container);
  }
  yield* uniqueHostPorts(path, containers);
}

export function* initContainers(path: string, context: ContainerContext): Findings {
  const { initContainers: list, containers, terminationGracePeriodSeconds: grace } = context.spec;
  const names = new Set((containers ?? []).map(({ name }) => name));
  for (const [at, container] of (list ?? []).entries()) {
    const here = `${path}[${at}]`;
    yield* anyContainer(here, container, context);
    yield* initRestartPolicy(here, container);
    if (names.has(container.name)) yield duplicate(`${here}.name`, container.name);
    else if (container.name) names.add(container.name);
    yield* uniqueHostPorts(path, [container]);
    if (container.restartPolicy === "Always") {
      yield* lifecycle(`${here}.lifecycle`, container.lifecycle, grace);
      yield* probes(here, container, grace);
    } else yield* runsOnce(here, container);
  }
}

function* runsOnce(path: string, container: Container): Findings {
  for (const field of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const) {
    if (!container[field]) continue;
    yield forbidden(`${path}.${field}`, "may not be set for init containers without restartPolicy=Always");
  }
}

/** What an ephemeral container may not have: it joins a pod that runs already. */
const notForEphemeral = [
  "ports",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
] as const;

export function* ephemeralContainers(path: string, context: ContainerContext): Findings {
  const { ephemeralContainers: list, containers, initContainers: init } = context.spec;
  if (!list?.length) return;
  const others = new Set([...(containers ?? []), ...(init ?? [])].map(({ name }) => name));
  const names = new Set(others);
  for (const [at, one] of list.entries()) {
    const here = `${path}[${at}]`;
    const container = one as Container;
    yield* anyContainer(here, container, context);
    yield* trimmedImage(here, container);
    if (names.has(container.name)) yield duplicate(`${here}.name`, container.name);
    else names.add(container.name);
    const target = one.targetContainerName;
    if (target && !others.has(target)) yield notFoundValue(`${here}.targetContainerName`, target);
    yield* ephemeralOnly(here, container);
  }
}

function* ephemeralOnly(path: string, container: Container): Findings {
  const text = "cannot be set for an Ephemeral Container";
  const { resources, volumeMounts: mounts } = container;
  for (const field of notForEphemeral) {
    if (asSent(container, field) !== null) yield forbidden(`${path}.${field}`, text);
    if (field === "ports" && isSet(resources)) yield forbidden(`${path}.resources`, text);
  }
  for (const [at, mount] of (mounts ?? []).entries()) {
    if (mount.subPath) yield forbidden(`${path}.volumeMounts[${at}].subPath`, text);
    if (mount.subPathExpr) yield forbidden(`${path}.volumeMounts[${at}].subPathExpr`, text);
  }
}

/** Even what was sent with nothing in it is set: an empty list is one. */
const isSet = (resources: Container["resources"]): boolean =>
  (["limits", "requests", "claims"] as const).some((member) => asSent(resources, member) !== null);

/** What holds for containers of every sort. */
function* anyContainer(path: string, container: Container, context: ContainerContext): Findings {
  const { volumes, claims, spec } = context;
  if (!container.name) yield required(`${path}.name`);
  else yield* dnsLabel(`${path}.name`, container.name);
  yield* filled(`${path}.image`, container.image);
  const policy = container.terminationMessagePolicy;
  yield* requiredOneOf(`${path}.terminationMessagePolicy`, policy, ["File", "FallbackToLogsOnError"]);
  yield* ports(`${path}.ports`, container.ports);
  yield* envVars(`${path}.env`, container.env);
  yield* envFrom(`${path}.envFrom`, container.envFrom);
  yield* volumeMounts(`${path}.volumeMounts`, container, volumes);
  yield* volumeDevices(`${path}.volumeDevices`, container, volumes);
  yield* requiredOneOf(`${path}.imagePullPolicy`, container.imagePullPolicy, ["Always", "IfNotPresent", "Never"]);
  yield* resourceRequirements(`${path}.resources`, container.resources, { name: containerResourceName, claims });
  yield* resizePolicy(`${path}.resizePolicy`, container.resizePolicy ?? [], spec.restartPolicy);
  yield* containerSecurityContext(`${path}.securityContext`, container.securityContext, shareHostUsers(context));
}

function* ports(path: string, list: readonly ContainerPort[] | undefined): Findings {
  const names = new Set<string>();
  yield* each(path, list, function* (here, port) {
    const { name, containerPort, hostPort, protocol } = port ?? {};
    if (name) {
      const texts = portNameErrors(name);
      yield* say(`${here}.name`, name, texts);
      if (texts.length === 0 && names.has(name)) yield duplicate(`${here}.name`, name);
      else if (texts.length === 0) names.add(name);
    }
    if (!containerPort) yield required(`${here}.containerPort`);
    else yield* say(`${here}.containerPort`, containerPort, portNumberErrors(containerPort));
    if (hostPort) yield* say(`${here}.hostPort`, hostPort, portNumberErrors(hostPort));
    yield* requiredOneOf(`${here}.protocol`, protocol, ["SCTP", "TCP", "UDP"]);
  });
}

function* uniqueHostPorts(path: string, containers: readonly Container[]): Findings {
  const taken = new Set<string>();
  for (const [at, { ports: list }] of containers.entries()) {
    for (const [index, port] of (list ?? []).entries()) {
      if (!port?.hostPort) continue;
      const key = `${port.protocol}/${port.hostIP ?? ""}/${port.hostPort}`;
      if (taken.has(key)) yield duplicate(`${path}[${at}].ports[${index}].hostPort`, key);
      taken.add(key);
    }
  }
}

/** Errors name the list, not its item, but for duplicates. */
function* resizePolicy(path: string, list: readonly ContainerResizePolicy[], ofPod: string | undefined): Findings {
  const seen = new Set<string>();
  for (const [at, { resourceName, restartPolicy: policy }] of list.entries()) {
    if (seen.has(resourceName)) yield duplicate(`${path}[${at}]`, resourceName);
    seen.add(resourceName);
    yield* requiredOneOf(path, resourceName, ["cpu", "memory"]);
    yield* requiredOneOf(path, policy, ["NotRequired", "RestartContainer"]);
    if (ofPod === "Never" && policy !== "NotRequired") {
      yield invalid(path, policy, "must be 'NotRequired' when `restartPolicy` is 'Never'");
    }
  }
}

function* initRestartPolicy(path: string, container: Container): Findings {
  const { restartPolicy: policy, restartPolicyRules: rules } = container;
  if (policy === undefined) yield* policyForRules(path, rules);
  else if (policy !== "Always") yield* restartPolicy(path, container);
  else if (rules?.length) {
    const text = "restartPolicyRules are not allowed for init containers with restart policy Always";
    yield forbidden(`${path}.restartPolicyRules`, text);
  }
}

function* policyForRules(path: string, rules: Container["restartPolicyRules"]): Findings {
  if (rules?.length) yield required(`${path}.restartPolicy`, "must specify restartPolicy when restart rules are used");
}

const rulesMax = 20;
const exitCodesMax = 255;

function* restartPolicy(path: string, { restartPolicy: policy, restartPolicyRules: rules = [] }: Container): Findings {
  if (policy === undefined) yield* policyForRules(path, rules);
  else yield* oneOf(`${path}.restartPolicy`, policy, ["Always", "Never", "OnFailure"]);
  yield* notLonger(`${path}.restartPolicyRules`, rules, rulesMax);
  yield* each(`${path}.restartPolicyRules`, rules, restartRule);
}

function* restartRule(path: string, { action, exitCodes }: ContainerRestartRule): Findings {
  if (action !== "Restart") yield notSupported(`${path}.action`, action ?? "", ["Restart"]);
  if (!exitCodes) {
    yield required(`${path}.exitCodes`, "must be specified");
    return;
  }
  yield* oneOf(`${path}.exitCodes.operator`, exitCodes.operator, ["In", "NotIn"]);
  yield* notLonger(`${path}.exitCodes.values`, exitCodes.values ?? [], exitCodesMax);
}

function* notLonger(path: string, list: readonly unknown[], max: number): Findings {
  if (list.length <= max) return;
  yield { reason: "FieldValueTooLong", field: path, detail: `Too long: may not be more than ${max} bytes` };
}

export function* trimmedImage(path: string, { image }: Container): Findings {
  if (image !== undefined && image.trim() !== image) {
    yield invalid(`${path}.image`, image, "must not have leading or trailing whitespace");
  }
}
