/** What containers may add to the capabilities of a process, and must drop of them. */
import { type AnyContainer, type Check, containersWhere, type Examine, isForWindows, unless } from "../check.ts";
import { counted, distinct, quoted } from "../words.ts";

/** What runtimes give by default, without NET_RAW. */
const defaults = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);
const restrictedMax = new Set(["NET_BIND_SERVICE"]);

const addedBeyond = ({ securityContext }: AnyContainer, allowed: ReadonlySet<string>): string[] =>
  (securityContext?.capabilities?.add ?? []).filter((capability) => !allowed.has(capability));

const dropsAll = ({ securityContext }: AnyContainer): boolean =>
  securityContext?.capabilities?.drop?.includes("ALL") ?? false;

/** Who adds what; empty when nobody does. */
function additions(spec: Parameters<typeof containersWhere>[0], allowed: ReadonlySet<string>): string {
  const added: string[] = [];
  const bad = containersWhere(spec, (container) => {
    const more = addedBeyond(container, allowed);
    added.push(...more);
    return more.length > 0;
  });
  if (bad.length === 0) return "";
  return `${counted("container", bad)} must not include ${quoted(distinct(added))} in securityContext.capabilities.add`;
}

const examineBaseline: Examine = ({ spec }) => {
  const detail = additions(spec, defaults);
  return detail === "" ? undefined : { reason: "non-default capabilities", detail };
};

const examineRestricted: Examine = ({ spec }) => {
  const keeping = containersWhere(spec, (container) => !dropsAll(container));
  const must = `${counted("container", keeping)} must set securityContext.capabilities.drop=["ALL"]`;
  const details = [...(keeping.length > 0 ? [must] : []), additions(spec, restrictedMax)].filter((text) => text !== "");
  return details.length === 0 ? undefined : { reason: "unrestricted capabilities", detail: details.join("; ") };
};

/** None beyond what runtimes give by default. */
export const capabilitiesBaseline: Check = {
  name: "capabilities_baseline",
  revisions: [{ since: 0, examine: examineBaseline }],
};

/** None but NET_BIND_SERVICE. */
export const capabilitiesRestricted: Check = {
  name: "capabilities_restricted",
  revisions: [
    { since: 22, examine: examineRestricted, replaces: capabilitiesBaseline.name },
    { since: 25, examine: unless(isForWindows, examineRestricted), replaces: capabilitiesBaseline.name },
  ],
};
