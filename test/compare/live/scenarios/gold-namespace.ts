/** The namespace of the recorded objects, with the account that pods need. */
import type { Scenario, Step } from "../scenario.ts";
import { post } from "../steps.ts";

const created = (path: string, name: string): Step => post(path, { metadata: { name } });

export const goldNamespace = (name: string): Scenario => ({
  name,
  steps: [created("/api/v1/namespaces", "gold"), created("/api/v1/namespaces/gold/serviceaccounts", "default")],
});
