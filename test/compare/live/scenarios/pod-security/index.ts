/** What the Pod Security Standards forbid, in every version that changed something, and what is said of it. */
import type { Scenario } from "../../scenario.ts";
import { controllerScenarios } from "./controllers.ts";
import { existingScenarios } from "./existing.ts";
import { levelScenarios } from "./levels.ts";
import { namespaceScenarios } from "./namespaces.ts";

/** Whom the servers have to exempt for `podSecurityScenarios`. */
export const podSecurityFlags: readonly string[] = [
  `--admission-control-config-file=${new URL("admission-configuration.yaml", import.meta.url).pathname}`,
];

export const podSecurityScenarios: readonly Scenario[] = [
  ...levelScenarios,
  ...namespaceScenarios,
  ...controllerScenarios,
  ...existingScenarios,
];
