import { type Check, containersWhere, type Examine, isInUserNamespace, unless } from "../check.ts";
import { counted, distinct, quoted } from "../words.ts";

const examine: Examine = ({ spec }) => {
  const types: string[] = [];
  const bad = containersWhere(spec, ({ securityContext }) => {
    const type = securityContext?.procMount;
    if (type === undefined || type === "Default") return false;
    types.push(type);
    return true;
  });
  if (bad.length === 0) return undefined;
  const detail = `${counted("container", bad)} must not set securityContext.procMount to ${quoted(distinct(types))}`;
  return { reason: "procMount", detail };
};

/** The masks over /proc stay. */
export const procMountBaseline: Check = {
  name: "procMount",
  revisions: [
    { since: 0, examine },
    { since: 35, examine: unless(isInUserNamespace, examine) },
  ],
};

/** From where the baseline lets pods in user namespaces pass. */
export const procMountRestricted: Check = {
  name: "procMount_restricted",
  revisions: [{ since: 35, examine, replaces: procMountBaseline.name }],
};
