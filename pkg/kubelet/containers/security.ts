/** Security contexts: the pod's and the container's, merged into what the runtime is told. Pure. */

import {
  type Init,
  type LinuxContainerSecurityContext,
  type LinuxSandboxSecurityContext,
  NamespaceMode,
  type NamespaceOption,
  ProfileType,
  type SecurityProfile,
} from "#api/cri/index.ts";
import type { AppArmorProfile, Pod, SeccompProfile, SecurityContext } from "#api/types/core/v1";
import { type AnyContainer, containersOf, formatPod, isHostNetwork } from "../pods/pod.ts";

/** Who the image says it runs as. */
export interface ImageUser {
  readonly uid?: number;
  readonly username?: string;
}

const maskedPaths = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];

const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** The container's value wins over the pod's. */
function effective<K extends keyof SecurityContext>(
  pod: Pod,
  container: AnyContainer,
  key: K,
): SecurityContext[K] | undefined {
  const own = container.securityContext?.[key];
  if (own !== undefined) return own;
  return (pod.spec.securityContext as SecurityContext | undefined)?.[key];
}

export function namespaceOptions(pod: Pod, targetId?: string): Init<NamespaceOption> {
  const { hostPID, hostIPC, shareProcessNamespace } = pod.spec;
  const pid = hostPID ? NamespaceMode.NODE : shareProcessNamespace ? NamespaceMode.POD : NamespaceMode.CONTAINER;
  return {
    network: isHostNetwork(pod) ? NamespaceMode.NODE : NamespaceMode.POD,
    ipc: hostIPC ? NamespaceMode.NODE : NamespaceMode.POD,
    ...(targetId && pid === NamespaceMode.CONTAINER ? { pid: NamespaceMode.TARGET, targetId } : { pid }),
    // The pod uses the node's user namespace unless it asks for its own.
    usernsOptions: { mode: pod.spec.hostUsers === false ? NamespaceMode.POD : NamespaceMode.NODE },
  };
}

function supplementalGroups(pod: Pod): number[] {
  const { fsGroup, supplementalGroups: groups = [] } = pod.spec.securityContext ?? {};
  return [...(fsGroup === undefined ? [] : [fsGroup]), ...groups];
}

export function sandboxSecurity(pod: Pod): Init<LinuxSandboxSecurityContext> {
  const context = pod.spec.securityContext;
  return {
    privileged: containersOf(pod).some(({ container }) => container.securityContext?.privileged === true),
    namespaceOptions: namespaceOptions(pod),
    ...(context?.runAsUser === undefined ? {} : { runAsUser: { value: context.runAsUser } }),
    ...(context?.runAsGroup === undefined || context.runAsUser === undefined
      ? {}
      : { runAsGroup: { value: context.runAsGroup } }),
    ...(context?.seLinuxOptions ? { selinuxOptions: context.seLinuxOptions } : {}),
    supplementalGroups: supplementalGroups(pod),
    supplementalGroupsPolicy: context?.supplementalGroupsPolicy === "Strict" ? 1 : 0,
    seccomp: { profileType: ProfileType.RuntimeDefault },
  };
}

/** `seccompRoot` holds the profiles that pods name as Localhost. */
export function containerSecurity(
  pod: Pod,
  container: AnyContainer,
  options: { readonly image: ImageUser; readonly seccompRoot: string; readonly targetId?: string },
): Init<LinuxContainerSecurityContext> {
  const own = container.securityContext ?? {};
  const runAsUser = effective(pod, container, "runAsUser");
  const runAsGroup = effective(pod, container, "runAsGroup");
  const user =
    runAsUser !== undefined
      ? { runAsUser: { value: runAsUser } }
      : options.image.uid === undefined && options.image.username
        ? { runAsUsername: options.image.username }
        : { runAsUser: { value: options.image.uid ?? 0 } };
  const unmasked = own.privileged === true || own.procMount === "Unmasked";
  const selinux = effective(pod, container, "seLinuxOptions");
  const appArmor = effective(pod, container, "appArmorProfile");
  return {
    ...(own.capabilities
      ? { capabilities: { addCapabilities: own.capabilities.add ?? [], dropCapabilities: own.capabilities.drop ?? [] } }
      : {}),
    privileged: own.privileged === true,
    namespaceOptions: namespaceOptions(pod, options.targetId),
    ...user,
    ...(runAsGroup === undefined ? {} : { runAsGroup: { value: runAsGroup } }),
    readonlyRootfs: own.readOnlyRootFilesystem === true,
    supplementalGroups: supplementalGroups(pod),
    supplementalGroupsPolicy: pod.spec.securityContext?.supplementalGroupsPolicy === "Strict" ? 1 : 0,
    noNewPrivs: own.allowPrivilegeEscalation === false && own.privileged !== true,
    ...(unmasked ? {} : { maskedPaths, readonlyPaths }),
    seccomp: seccompProfile(effective(pod, container, "seccompProfile"), own.privileged === true, options.seccompRoot),
    ...(selinux ? { selinuxOptions: selinux } : {}),
    ...(appArmor ? { apparmor: appArmorProfile(appArmor), apparmorProfile: appArmorName(appArmor) } : {}),
  };
}

function seccompProfile(profile: SeccompProfile | undefined, privileged: boolean, root: string): Init<SecurityProfile> {
  if (privileged || !profile || profile.type === "Unconfined") return { profileType: ProfileType.Unconfined };
  if (profile.type === "RuntimeDefault") return { profileType: ProfileType.RuntimeDefault };
  return { profileType: ProfileType.Localhost, localhostRef: `${root}/${profile.localhostProfile ?? ""}` };
}

function appArmorProfile(profile: AppArmorProfile): Init<SecurityProfile> {
  if (profile.type === "Unconfined") return { profileType: ProfileType.Unconfined };
  if (profile.type === "RuntimeDefault") return { profileType: ProfileType.RuntimeDefault };
  return { profileType: ProfileType.Localhost, localhostRef: profile.localhostProfile ?? "" };
}

function appArmorName(profile: AppArmorProfile): string {
  if (profile.type === "Unconfined") return "unconfined";
  return profile.type === "RuntimeDefault" ? "runtime/default" : `localhost/${profile.localhostProfile ?? ""}`;
}

/** Why the container may not run as root yet would; undefined when it may start. Texts are upstream's. */
export function nonRootViolation(pod: Pod, container: AnyContainer, image: ImageUser): string | undefined {
  if (effective(pod, container, "runAsNonRoot") !== true) return undefined;
  const runAsUser = effective(pod, container, "runAsUser");
  const where = `(pod: ${JSON.stringify(formatPod(pod))}, container: ${container.name})`;
  if (runAsUser !== undefined) {
    return runAsUser === 0 ? `container's runAsUser breaks non-root policy ${where}` : undefined;
  }
  if (image.uid !== undefined) {
    return image.uid === 0 ? `container has runAsNonRoot and image will run as root ${where}` : undefined;
  }
  if (image.username) {
    return `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`;
  }
  return `container has runAsNonRoot and image will run as root ${where}`;
}
