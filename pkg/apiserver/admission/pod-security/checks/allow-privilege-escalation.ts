import { type Check, containersWhere, type Examine, isForWindows, unless } from "../check.ts";
import { counted } from "../words.ts";

const examine: Examine = ({ spec }) => {
  const bad = containersWhere(spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (bad.length === 0) return undefined;
  return {
    reason: "allowPrivilegeEscalation != false",
    detail: `${counted("container", bad)} must set securityContext.allowPrivilegeEscalation=false`,
  };
};

/** No process may gain more privileges than its parent, as set-user-ID programs do. */
export const allowPrivilegeEscalation: Check = {
  name: "allowPrivilegeEscalation",
  revisions: [
    { since: 8, examine },
    { since: 25, examine: unless(isForWindows, examine) },
  ],
};
