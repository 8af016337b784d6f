import { type Check, containersWhere, type Examine, isInUserNamespace, unless } from "../check.ts";
import { setters } from "../words.ts";

const examine: Examine = ({ spec }) => {
  const bad = containersWhere(spec, ({ securityContext }) => securityContext?.runAsUser === 0);
  const who = setters(spec.securityContext?.runAsUser === 0, bad);
  return who === "" ? undefined : { reason: "runAsUser=0", detail: `${who} must not set runAsUser=0` };
};

/** Nobody asks for root. */
export const runAsUser: Check = {
  name: "runAsUser",
  revisions: [
    { since: 23, examine },
    { since: 35, examine: unless(isInUserNamespace, examine) },
  ],
};
