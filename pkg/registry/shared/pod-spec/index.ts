/** The rules on a pod's spec: the same for pods and for every template of pods. */
import type { PodSpec } from "#api/types/core/v1";
import type { ObjectMeta } from "#api/types/meta/v1";
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFoundValue,
  required,
  tooLong,
} from "#pkg/apimachinery/validation/field-error.ts";
import { affinity } from "../affinity.ts";
import { each, type Findings, int32Max, oneOf, requiredOneOf, say, within } from "../findings.ts";
import { labelKey, labelMap } from "../label-selector.ts";
import { dnsLabel, dnsSubdomain } from "../name-forms.ts";
import { subdomainErrors } from "../names.ts";
import { containerResourceName } from "../resource-names.ts";
import { resourceRequirements } from "../resource-requirements.ts";
import { tolerations } from "../tolerations.ts";
import { topologySpread } from "../topology-spread.ts";
import { ephemeralContainers, initContainers, ordinaryContainers } from "./containers.ts";
import { dnsConfig, dnsPolicy, hostAliases } from "./dns.ts";
import { claimNamesOf, podResources, resourceClaims } from "./resources.ts";
import { podSecurityContext } from "./security-context.ts";
import { checkVolumes } from "./volumes.ts";
import { everyContainer, fitsOs, hostProcess } from "./windows.ts";

/** `meta`: the pod's; undefined for a template, for which some rules wait until there is a pod. */
export function validatePodSpec(path: string, spec: PodSpec, meta?: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.terminationGracePeriodSeconds === undefined) errors.push(required(`${path}.terminationGracePeriodSeconds`));
  const volumes = checkVolumes(`${path}.volumes`, spec, { meta }, errors);
  const claims = claimNamesOf(spec);
  const context = { spec, volumes, claims };
  errors.push(
    ...resourceClaims(`${path}.resourceClaims`, spec, meta),
    ...ordinaryContainers(`${path}.containers`, context),
    ...initContainers(`${path}.initContainers`, context),
    ...ephemeralContainers(`${path}.ephemeralContainers`, context),
    ...podResources(`${path}.resources`, spec, claims),
    ...running(path, spec, meta !== undefined),
    ...placement(path, spec),
    ...identity(path, spec),
    ...scheduling(path, spec),
    ...platform(path, spec),
    ...fileKeys(path, spec),
  );
  return errors;
}

function* running(path: string, spec: PodSpec, isPod: boolean): Findings {
  yield* hostPorts(`${path}.containers`, spec, isPod);
  yield* requiredOneOf(`${path}.restartPolicy`, spec.restartPolicy, ["Always", "OnFailure", "Never"]);
  yield* dnsPolicy(`${path}.dnsPolicy`, spec.dnsPolicy);
}

/** On the host's network a port is the host's port. */
function* hostPorts(path: string, { hostNetwork, containers }: PodSpec, isPod: boolean): Findings {
  if (!hostNetwork) return;
  for (const [at, { ports }] of (containers ?? []).entries()) {
    for (const [index, { hostPort = 0, containerPort = 0 }] of (ports ?? []).entries()) {
      if ((!isPod && hostPort === 0) || hostPort === containerPort) continue;
      const text = "must match `containerPort` when `hostNetwork` is true";
      yield invalid(`${path}[${at}].ports[${index}].hostPort`, hostPort, text);
    }
  }
}

function* placement(path: string, spec: PodSpec): Findings {
  yield* labelMap(`${path}.nodeSelector`, spec.nodeSelector);
  yield* podSecurityContext(`${path}.securityContext`, spec);
  yield* affinity(`${path}.affinity`, spec.affinity);
  yield* dnsConfig(`${path}.dnsConfig`, spec);
  yield* each(`${path}.readinessGates`, spec.readinessGates, (here, gate) =>
    labelKey(`${here}.conditionType`, gate?.conditionType),
  );
  yield* schedulingGates(`${path}.schedulingGates`, spec);
  yield* topologySpread(`${path}.topologySpreadConstraints`, spec.topologySpreadConstraints);
  yield* hostProcess(path, spec);
  yield* ownUsers(path, spec);
  yield* hostnameOverride(`${path}.hostnameOverride`, spec);
}

function* schedulingGates(path: string, spec: PodSpec): Findings {
  const seen = new Set<string>();
  yield* each(path, spec.schedulingGates, function* (here, gate) {
    const name = gate?.name ?? "";
    yield* labelKey(here, name);
    if (seen.has(name)) yield duplicate(here, name);
    seen.add(name);
  });
}

/** A user namespace of its own does not go with the host's other namespaces. */
function* ownUsers(path: string, spec: PodSpec): Findings {
  if (spec.hostUsers !== false) return;
  const text = "when `hostUsers` is false";
  if (spec.hostNetwork) yield forbidden(`${path}.hostNetwork`, text);
  if (spec.hostPID) yield forbidden(`${path}.HostPID`, text);
  if (spec.hostIPC) yield forbidden(`${path}.HostIPC`, text);
  for (const [here, { volumeDevices }] of everyContainer(path, spec)) {
    if (volumeDevices?.length) yield forbidden(`${here}.volumeDevices`, text);
  }
}

const hostnameLengthMax = 64;

function* hostnameOverride(
  path: string,
  { hostnameOverride: name, setHostnameAsFQDN, hostNetwork }: PodSpec,
): Findings {
  if (name === undefined) return;
  if (setHostnameAsFQDN) yield forbidden(path, "may not be specified when setHostnameAsFQDN is true");
  if (hostNetwork) yield forbidden(path, "may not be specified when hostNetwork is true");
  if (name.length > hostnameLengthMax) yield tooLong(path, hostnameLengthMax);
  yield* dnsSubdomain(path, name);
}

function* identity(path: string, spec: PodSpec): Findings {
  const { serviceAccountName, nodeName, activeDeadlineSeconds, hostname, subdomain } = spec;
  if (serviceAccountName)
    yield* say(`${path}.serviceAccountName`, serviceAccountName, subdomainErrors(serviceAccountName));
  if (nodeName) yield* say(`${path}.nodeName`, nodeName, subdomainErrors(nodeName));
  yield* within(`${path}.activeDeadlineSeconds`, activeDeadlineSeconds, 1, int32Max);
  if (hostname) yield* dnsLabel(`${path}.hostname`, hostname);
  if (subdomain) yield* dnsLabel(`${path}.subdomain`, subdomain);
}

function* scheduling(path: string, spec: PodSpec): Findings {
  const { priorityClassName, runtimeClassName, preemptionPolicy, overhead } = spec;
  yield* tolerations(`${path}.tolerations`, spec.tolerations);
  yield* hostAliases(`${path}.hostAliases`, spec.hostAliases);
  if (priorityClassName) yield* dnsSubdomain(`${path}.priorityClassName`, priorityClassName);
  if (runtimeClassName !== undefined) yield* dnsSubdomain(`${path}.runtimeClassName`, runtimeClassName);
  if (preemptionPolicy !== undefined) {
    yield* requiredOneOf(`${path}.preemptionPolicy`, preemptionPolicy, ["PreemptLowerPriority", "Never"]);
  }
  if (overhead) {
    const rules = { name: containerResourceName, claims: new Set<string>() };
    yield* resourceRequirements(`${path}.overhead`, { limits: overhead }, rules);
  }
}

function* platform(path: string, spec: PodSpec): Findings {
  if (!spec.os) return;
  const { name } = spec.os;
  if (!name) yield required(`${path}.os.name`);
  else if (name !== "linux" && name !== "windows") yield* oneOf(`${path}.os`, name, ["linux", "windows"]);
  else yield* fitsOs(path, spec);
}

/** Variables read from files: the files stand in an emptyDir. */
function* fileKeys(path: string, spec: PodSpec): Findings {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  for (const [here, { env }] of everyContainer(path, spec)) {
    for (const [at, { valueFrom }] of (env ?? []).entries()) {
      if (!valueFrom?.fileKeyRef) continue;
      const { volumeName } = valueFrom.fileKeyRef;
      const field = `${here}.env[${at}].valueFrom.fileKeyRef.volumeName`;
      const volume = volumes.get(volumeName);
      if (!volume) yield notFoundValue(field, volumeName ?? "");
      else if (!volume.emptyDir) yield invalid(field, volumeName, "referenced volume must be of type emptyDir");
    }
  }
}
