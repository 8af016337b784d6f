/** Rules on the security settings of pods and containers. */
import type { AppArmorProfile, PodSpec, SeccompProfile, SecurityContext, Sysctl } from "#api/types/core/v1";
import { duplicate, invalid, required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, int32Max, oneOf, within } from "../findings.ts";
import { internalForm } from "../internal-form/index.ts";
import { descendingPath } from "../paths.ts";
import { windowsOptions } from "./windows.ts";

const id = (path: string, value: number | undefined): Findings => within(path, value, 0, int32Max);

export function* podSecurityContext(path: string, spec: PodSpec): Findings {
  const of = spec.securityContext;
  if (!of) return;
  yield* id(`${path}.fsGroup`, of.fsGroup);
  yield* id(`${path}.runAsUser`, of.runAsUser);
  yield* id(`${path}.runAsGroup`, of.runAsGroup);
  yield* each(`${path}.supplementalGroups`, of.supplementalGroups, id);
  if (spec.shareProcessNamespace && spec.hostPID) {
    yield invalid(`${path}.shareProcessNamespace`, true, "ShareProcessNamespace and HostPID cannot both be enabled");
  }
  yield* sysctls(`${path}.sysctls`, of.sysctls ?? [], spec);
  if (of.fsGroupChangePolicy !== undefined) {
    yield* oneOf(`${path}.fsGroupChangePolicy`, of.fsGroupChangePolicy, ["Always", "OnRootMismatch"]);
  }
  yield* seccomp(`${path}.seccompProfile`, of.seccompProfile);
  yield* windowsOptions(`${path}.windowsOptions`, of.windowsOptions);
  yield* appArmor(`${path}.appArmorProfile`, of.appArmorProfile);
  if (of.supplementalGroupsPolicy !== undefined) {
    yield* oneOf(`${path}.supplementalGroupsPolicy`, of.supplementalGroupsPolicy, ["Merge", "Strict"]);
  }
  if (of.seLinuxChangePolicy !== undefined) {
    yield* oneOf(`${path}.seLinuxChangePolicy`, of.seLinuxChangePolicy, ["Recursive"]);
  }
}

const sysctlSegment = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const sysctlPattern = `^(${sysctlSegment}[\\./])*${sysctlSegment}$`;
const sysctlRegex = new RegExp(sysctlPattern);

function* sysctls(path: string, list: readonly Sysctl[], spec: PodSpec): Findings {
  const seen = new Set<string>();
  for (const [at, one] of list.entries()) {
    const here = `${path}[${at}].name`;
    const name = one?.name ?? "";
    if (name === "") yield required(here);
    else if (name.length > 253 || !sysctlRegex.test(name)) {
      yield invalid(here, name, `must have at most 253 characters and match regex ${sysctlPattern}`);
    } else if (seen.has(name)) yield duplicate(here, name);
    yield* namespacedSysctl(here, name, spec);
    seen.add(name);
  }
}

/** A pod in the host's own namespace would change the host's setting. */
function* namespacedSysctl(path: string, name: string, { hostNetwork, hostIPC }: PodSpec): Findings {
  const dotted = name.indexOf("/") >= 0 && !/^[^/]*\./.test(name) ? name.replaceAll("/", ".") : name;
  const ofIpc = /^(kernel\.shm|kernel\.msg|fs\.mqueue\.)/.test(dotted) || dotted === "kernel.sem";
  if (hostNetwork && dotted.startsWith("net.")) {
    yield invalid(path, name, "may not be specified when 'hostNetwork' is true");
  } else if (hostIPC && ofIpc) yield invalid(path, name, "may not be specified when 'hostIPC' is true");
}

function* seccomp(path: string, of: SeccompProfile | undefined): Findings {
  if (!of) return;
  if (!of.type) yield required(`${path}.type`, "type is required when seccompProfile is set");
  else yield* oneOf(`${path}.type`, of.type, ["Localhost", "RuntimeDefault", "Unconfined"]);
  const { localhostProfile } = of;
  if (of.type === "Localhost") {
    if (localhostProfile === undefined) {
      yield required(`${path}.localhostProfile`, "must be set when seccomp type is Localhost");
    } else yield* descendingPath(`${path}.localhostProfile`, localhostProfile);
  } else if (localhostProfile !== undefined) {
    const text = "can only be set when seccomp type is Localhost";
    yield invalid(`${path}.localhostProfile`, internalForm(of, "SeccompProfile"), text);
  }
}

const profileLengthMax = 4095;

function* appArmor(path: string, of: AppArmorProfile | undefined): Findings {
  if (!of) return;
  const { type, localhostProfile } = of;
  const here = `${path}.localhostProfile`;
  if (type === "Localhost") {
    const text = "must be set when AppArmor type is Localhost";
    if (localhostProfile === undefined) yield required(here, text);
    else {
      if (localhostProfile.trim() !== localhostProfile) {
        yield invalid(here, localhostProfile, "must not be padded with whitespace");
      } else if (localhostProfile === "") yield required(here, text);
      if (Buffer.byteLength(localhostProfile) > profileLengthMax) yield tooLong(here, profileLengthMax);
    }
  } else if (!type) yield required(`${path}.type`, "type is required when appArmorProfile is set");
  else if (type !== "RuntimeDefault" && type !== "Unconfined") {
    yield* oneOf(`${path}.type`, type, ["Localhost", "RuntimeDefault", "Unconfined"]);
  } else if (localhostProfile !== undefined) {
    yield invalid(here, localhostProfile, "can only be set when AppArmor type is Localhost");
  }
}

/** `hostUsers`: whether the pod shares the host's user namespace. */
export function* containerSecurityContext(path: string, of: SecurityContext | undefined, hostUsers: boolean): Findings {
  if (!of) return;
  yield* id(`${path}.runAsUser`, of.runAsUser);
  yield* id(`${path}.runAsGroup`, of.runAsGroup);
  if (of.procMount !== undefined) {
    yield* requiredProcMount(`${path}.procMount`, of.procMount);
    if (hostUsers && of.procMount === "Unmasked") {
      yield invalid(`${path}.procMount`, of.procMount, "`hostUsers` must be false to use `Unmasked`");
    }
  }
  yield* seccomp(`${path}.seccompProfile`, of.seccompProfile);
  if (of.allowPrivilegeEscalation === false) {
    const refuse = (text: string) =>
      invalid(
        path,
        internalForm(of, "SecurityContext"),
        `cannot set \`allowPrivilegeEscalation\` to false and ${text}`,
      );
    if (of.privileged) yield refuse("`privileged` to true");
    for (const capability of of.capabilities?.add ?? []) {
      if (capability === "CAP_SYS_ADMIN") yield refuse("`capabilities.Add` CAP_SYS_ADMIN");
    }
  }
  yield* windowsOptions(`${path}.windowsOptions`, of.windowsOptions);
  yield* appArmor(`${path}.appArmorProfile`, of.appArmorProfile);
}

const requiredProcMount = (path: string, value: string): Findings => oneOf(path, value, ["Default", "Unmasked"]);
