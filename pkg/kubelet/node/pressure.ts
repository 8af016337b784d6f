/** What a node's status and its Events say of what it runs short of. Texts are upstream's. Pure. */
import type { NodeCondition } from "#api/types/core/v1";
import { type PressureCondition, pressureConditions } from "../eviction/signals.ts";

export type ConditionState = Pick<NodeCondition, "type" | "status" | "reason" | "message">;

interface Text {
  readonly reason: string;
  readonly message: string;
  readonly event: string;
}

const texts: Readonly<Record<PressureCondition, { readonly True: Text; readonly False: Text }>> = {
  MemoryPressure: {
    True: {
      reason: "KubeletHasInsufficientMemory",
      message: "kubelet has insufficient memory available",
      event: "NodeHasInsufficientMemory",
    },
    False: {
      reason: "KubeletHasSufficientMemory",
      message: "kubelet has sufficient memory available",
      event: "NodeHasSufficientMemory",
    },
  },
  DiskPressure: {
    True: { reason: "KubeletHasDiskPressure", message: "kubelet has disk pressure", event: "NodeHasDiskPressure" },
    False: {
      reason: "KubeletHasNoDiskPressure",
      message: "kubelet has no disk pressure",
      event: "NodeHasNoDiskPressure",
    },
  },
  PIDPressure: {
    True: {
      reason: "KubeletHasInsufficientPID",
      message: "kubelet has insufficient PID available",
      event: "NodeHasInsufficientPID",
    },
    False: {
      reason: "KubeletHasSufficientPID",
      message: "kubelet has sufficient PID available",
      event: "NodeHasSufficientPID",
    },
  },
};

export const pressureStates = (pressure: readonly PressureCondition[]): ConditionState[] =>
  pressureConditions.map((type) => {
    const status = pressure.includes(type) ? "True" : "False";
    const { reason, message } = texts[type][status];
    return { type, status, reason, message };
  });

/** The reason of the Event about a change; undefined for conditions of another kind. */
export function pressureEvent(type: string, status: string): string | undefined {
  if (!isPressure(type) || (status !== "True" && status !== "False")) return undefined;
  return texts[type][status].event;
}

const isPressure = (type: string): type is PressureCondition => Object.hasOwn(texts, type);
