/** `kubets run COMPONENT…`: one component, or several, in this process. */
import { type ComponentName, componentNames } from "#pkg/cluster/config.ts";
import { runComponents } from "#pkg/cluster/host.ts";
import { untilSignal } from "#pkg/component/signals.ts";
import { readPlace } from "./place.ts";

function isComponent(name: string): name is ComponentName {
  return (componentNames as readonly string[]).includes(name);
}

export async function runCommand(args: readonly string[]): Promise<number> {
  const { config, names, node } = await readPlace(args);
  const components = names.filter(isComponent);
  if (components.length === 0 || components.length < names.length) {
    process.stderr.write(`Expected components (${componentNames.join(", ")}), not ${names.join(" ")}\n`);
    return 1;
  }
  await runComponents({ config, names: components, node }, untilSignal("SIGINT", "SIGTERM"));
  return 0;
}
