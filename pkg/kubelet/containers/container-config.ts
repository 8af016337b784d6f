/** What the runtime is told about one container. Pure. */

import { type ContainerConfig, type Device, type Init, type Mount, Signal } from "#api/cri/index.ts";
import type { Container, Pod } from "#api/types/core/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import type { AnyContainer } from "../pods/pod.ts";
import { expandVariables } from "./expand.ts";
import { containerAnnotations, containerLabels } from "./labels.ts";
import { limitsOf, oomScoreOf } from "./qos.ts";
import { containerSecurity, type ImageUser } from "./security.ts";

export interface ContainerOptions {
  readonly imageRef: string;
  readonly imageUser: ImageUser;
  readonly environment: ReadonlyMap<string, string>;
  readonly mounts: readonly Init<Mount>[];
  /** Names of devices that the runtime finds in its CDI directories. */
  readonly cdiDevices: readonly string[];
  readonly devices: readonly Init<Device>[];
  readonly restartCount: number;
  readonly seccompRoot: string;
  /** The node's memory in bytes. */
  readonly memoryCapacity: number;
  /** Huge page sizes that the node has, `2MB`. */
  readonly hugePageSizes: readonly string[];
  /** The container whose process namespace an ephemeral container joins. */
  readonly targetId?: string;
}

export function buildContainerConfig(
  pod: Pod,
  container: AnyContainer,
  options: ContainerOptions,
): Init<ContainerConfig> {
  const { environment, restartCount } = options;
  const expand = (text: string): string => expandVariables(text, (name) => environment.get(name));
  const resources = (container as Container).resources;
  const limits = limitsOf(resources);
  const stopSignal = container.lifecycle?.stopSignal;
  return {
    metadata: { name: container.name, attempt: restartCount },
    image: { image: options.imageRef, userSpecifiedImage: container.image ?? "" },
    command: (container.command ?? []).map(expand),
    args: (container.args ?? []).map(expand),
    workingDir: container.workingDir ?? "",
    envs: [...environment].map(([key, value]) => ({ key, value })),
    mounts: options.mounts,
    CDIDevices: options.cdiDevices.map((name) => ({ name })),
    devices: options.devices,
    labels: containerLabels(pod, container),
    annotations: containerAnnotations(pod, container, restartCount),
    logPath: `${container.name}/${restartCount}.log`,
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    linux: {
      resources: {
        ...limits,
        oomScoreAdj: oomScoreOf(pod, resources, options.memoryCapacity),
        hugepageLimits: options.hugePageSizes.map((pageSize) => ({
          pageSize,
          limit: hugePageLimit(resources?.limits, pageSize),
        })),
        // No swap beyond the memory limit.
        ...(limits.memoryLimitInBytes === undefined ? {} : { memorySwapLimitInBytes: limits.memoryLimitInBytes }),
      },
      securityContext: containerSecurity(pod, container, {
        image: options.imageUser,
        seccompRoot: options.seccompRoot,
        ...(options.targetId === undefined ? {} : { targetId: options.targetId }),
      }),
    },
    ...(stopSignal
      ? { stopSignal: Signal[stopSignal.replace("+", "PLUS").replace("-", "MINUS") as keyof typeof Signal] ?? 0 }
      : {}),
  };
}

const binaryUnits: Record<string, string> = { KB: "Ki", MB: "Mi", GB: "Gi" };

function hugePageLimit(limits: Readonly<Record<string, string>> | undefined, pageSize: string): bigint {
  const unit = binaryUnits[pageSize.slice(-2)] ?? "";
  const text = limits?.[`hugepages-${pageSize.slice(0, -2)}${unit}`];
  return text === undefined ? 0n : parseQuantity(text).value();
}
