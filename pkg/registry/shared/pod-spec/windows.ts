/** Rules on the options of Windows pods. */
import type { Container, PodSpec, SecurityContext, WindowsSecurityContextOptions } from "#api/types/core/v1";
import { forbidden, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "../findings.ts";
import { subdomainErrors } from "../names.ts";

const specLengthMax = 64 * 1024;
const domainLengthMax = 256;
const userLengthMax = 104;
const dnsLabel = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const domainForms = [/^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/, new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`)];
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u001f\u007f]/;

export function* windowsOptions(path: string, of: WindowsSecurityContextOptions | undefined): Findings {
  if (!of) return;
  const { gmsaCredentialSpecName: specName, gmsaCredentialSpec: spec, runAsUserName: user } = of;
  if (specName !== undefined) yield* say(`${path}.gmsaCredentialSpecName`, specName, subdomainErrors(specName));
  if (spec === "") yield invalid(`${path}.gmsaCredentialSpec`, spec, "gmsaCredentialSpec cannot be an empty string");
  else if (spec !== undefined && spec.length > specLengthMax) {
    yield invalid(`${path}.gmsaCredentialSpec`, spec, "gmsaCredentialSpec size must be under 64 KiB");
  }
  if (user !== undefined) yield* say(`${path}.runAsUserName`, user, userErrors(user));
}

function userErrors(text: string): string[] {
  if (text === "") return ["runAsUserName cannot be an empty string"];
  if (controls.test(text)) return ["runAsUserName cannot contain control characters"];
  const parts = text.split("\\");
  if (parts.length > 2) return ["runAsUserName cannot contain more than one backslash"];
  const domain = parts.length === 2 ? (parts[0] ?? "") : undefined;
  const user = parts.at(-1) ?? "";
  const errors: string[] = [];
  if (domain !== undefined && domain.length >= domainLengthMax) {
    errors.push(`runAsUserName's Domain length must be under ${domainLengthMax} characters`);
  }
  if (domain !== undefined && !domainForms.some((form) => form.test(domain))) {
    errors.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === "") errors.push("runAsUserName's User cannot be empty");
  else if (user.length > userLengthMax) {
    errors.push(`runAsUserName's User length must not be longer than ${userLengthMax} characters`);
  }
  if (/^[. ]+$/.test(user)) errors.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    errors.push("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
  }
  return errors;
}

/** Calls for every container of a pod, with its path; init containers come first, as in upstream. */
export function* everyContainer(path: string, spec: PodSpec): Generator<[string, Container]> {
  for (const [at, one] of (spec.initContainers ?? []).entries()) yield [`${path}.initContainers[${at}]`, one];
  for (const [at, one] of (spec.containers ?? []).entries()) yield [`${path}.containers[${at}]`, one];
  for (const [at, one] of (spec.ephemeralContainers ?? []).entries()) {
    yield [`${path}.ephemeralContainers[${at}]`, one as Container];
  }
}

/** Containers that run on the Windows host itself: all of a pod, or none. */
export function* hostProcess(path: string, spec: PodSpec): Findings {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  let all = 0;
  let onHost = 0;
  for (const [here, container] of everyContainer(path, spec)) {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    all++;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const text = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      yield invalid(`${here}.securityContext.windowsOptions.hostProcess`, own, text);
    }
    if (own ?? ofPod) onHost++;
  }
  if (onHost === 0) return;
  if (onHost !== all) {
    const text = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
    yield invalid(path, "", text);
  }
  if (!spec.hostNetwork) {
    yield invalid(`${path}.hostNetwork`, false, "hostNetwork must be true if pod contains any hostProcess containers");
  }
}

const podContextFields = [
  "appArmorProfile",
  "seLinuxOptions",
  "^hostUsers",
  "^hostPID",
  "^hostIPC",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "^shareProcessNamespace",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "seLinuxChangePolicy",
];

const containerContextFields: readonly (keyof SecurityContext)[] = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
];

/** What belongs to the other operating system. */
export function* fitsOs(path: string, spec: PodSpec): Findings {
  if (spec.os?.name === "linux") yield* withoutWindowsOptions(path, spec);
  else if (spec.os?.name === "windows") yield* withoutLinuxSettings(path, spec);
}

function* withoutWindowsOptions(path: string, spec: PodSpec): Findings {
  const text = "windows options cannot be set for a linux pod";
  if (spec.securityContext?.windowsOptions) yield forbidden(`${path}.securityContext.windowsOptions`, text);
  for (const [here, { securityContext }] of everyContainer(path, spec)) {
    if (securityContext?.windowsOptions) yield forbidden(`${here}.securityContext.windowsOptions`, text);
  }
}

function* withoutLinuxSettings(path: string, spec: PodSpec): Findings {
  const text = "cannot be set for a windows pod";
  const ofPod = spec as unknown as Record<string, unknown>;
  const ofContext = (spec.securityContext ?? {}) as Record<string, unknown>;
  for (const field of podContextFields) {
    if (field.startsWith("^")) {
      const name = field.slice(1);
      const value = ofPod[name];
      const isSet = name === "hostPID" || name === "hostIPC" ? value === true : value !== undefined;
      if (isSet) yield forbidden(`${path}.${name}`, text);
    } else if (ofContext[field] !== undefined) yield forbidden(`${path}.securityContext.${field}`, text);
  }
  for (const [here, { securityContext }] of everyContainer(path, spec)) {
    for (const field of containerContextFields) {
      if (securityContext?.[field] !== undefined) yield forbidden(`${here}.securityContext.${field}`, text);
    }
  }
}
