import { type Check, containersWhere, type Examine } from "../check.ts";
import { counted, distinct, plural } from "../words.ts";

const examine: Examine = ({ spec }) => {
  const ports: string[] = [];
  const bad = containersWhere(spec, (container) => {
    const own = (container.ports ?? []).flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
    ports.push(...own);
    return own.length > 0;
  });
  if (bad.length === 0) return undefined;
  // Sorted as texts: 10, 20, 3.
  const all = distinct(ports);
  const uses = plural(bad.length, "uses", "use");
  const detail = `${counted("container", bad)} ${uses} ${plural(all.length, "hostPort")} ${all.join(", ")}`;
  return { reason: "hostPort", detail };
};

/** Containers take no ports of the node. */
export const hostPorts: Check = { name: "hostPorts", revisions: [{ since: 0, examine }] };
