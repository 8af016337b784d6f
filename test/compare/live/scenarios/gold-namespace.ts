/** The namespace of the recorded objects, with the account that pods need. */
import type { Scenario, Step } from "../scenario.ts";

const created = (path: string, name: string): Step => ({
  method: "POST",
  path,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ metadata: { name } }),
});

export const goldNamespace = (name: string): Scenario => ({
  name,
  steps: [created("/api/v1/namespaces", "gold"), created("/api/v1/namespaces/gold/serviceaccounts", "default")],
});
