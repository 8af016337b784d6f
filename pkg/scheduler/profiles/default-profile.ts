/** The plugins that run unless a configuration says otherwise, with upstream's weights. */
import type { Client } from "#pkg/client/types.ts";
import type { CompanionsOf } from "../companions.ts";
import type { PostFilterPlugin } from "../framework/plugin.ts";
import { Profile } from "../framework/profile.ts";
import { defaultBinder } from "../plugins/default-binder/plugin.ts";
import type { DynamicResources } from "../plugins/dynamic-resources/plugin.ts";
import { imageLocality } from "../plugins/image-locality/plugin.ts";
import { interPodAffinity } from "../plugins/inter-pod-affinity/plugin.ts";
import { nodeAffinity } from "../plugins/node-affinity/plugin.ts";
import { nodeName } from "../plugins/node-name/plugin.ts";
import { nodePorts } from "../plugins/node-ports/plugin.ts";
import { nodeResourcesBalancedAllocation } from "../plugins/node-resources-balanced-allocation/plugin.ts";
import { nodeResourcesFit } from "../plugins/node-resources-fit/plugin.ts";
import { nodeUnschedulable } from "../plugins/node-unschedulable/plugin.ts";
import { nodeVolumeLimits } from "../plugins/node-volume-limits/plugin.ts";
import { podTopologySpread } from "../plugins/pod-topology-spread/plugin.ts";
import { schedulingGates } from "../plugins/scheduling-gates/plugin.ts";
import { taintToleration } from "../plugins/taint-toleration/plugin.ts";
import type { BinderParts } from "../plugins/volume-binding/bind.ts";
import { volumeBinding } from "../plugins/volume-binding/plugin.ts";
import { volumeRestrictions } from "../plugins/volume-restrictions/plugin.ts";
import { volumeZone } from "../plugins/volume-zone/plugin.ts";

export const defaultSchedulerName = "default-scheduler";

export interface DefaultProfileOptions {
  readonly client: Client;
  readonly companionsOf: CompanionsOf;
  readonly volumes: BinderParts;
  readonly dynamicResources: DynamicResources;
  readonly preemption: PostFilterPlugin;
}

export function defaultProfile(options: DefaultProfileOptions): Profile {
  const { client, companionsOf, volumes, dynamicResources, preemption } = options;
  return new Profile({
    schedulerName: defaultSchedulerName,
    postFilters: [dynamicResources.postFilter, preemption],
    plugins: [
      { plugin: schedulingGates },
      { plugin: nodeUnschedulable },
      { plugin: nodeName },
      { plugin: taintToleration, weight: 3 },
      { plugin: nodeAffinity, weight: 2 },
      { plugin: nodePorts },
      { plugin: nodeResourcesFit, weight: 1 },
      { plugin: volumeRestrictions(volumes.storage) },
      { plugin: nodeVolumeLimits(volumes.storage) },
      { plugin: volumeBinding(volumes) },
      { plugin: volumeZone(volumes.storage) },
      { plugin: nodeResourcesBalancedAllocation, weight: 1 },
      { plugin: podTopologySpread(companionsOf), weight: 2 },
      { plugin: interPodAffinity, weight: 2 },
      { plugin: dynamicResources.plugin, weight: 2 },
      { plugin: imageLocality, weight: 1 },
      { plugin: defaultBinder(client) },
    ],
  });
}
