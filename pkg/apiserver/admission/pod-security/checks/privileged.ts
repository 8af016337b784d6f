import { type Check, containersWhere, type Examine } from "../check.ts";
import { counted } from "../words.ts";

const examine: Examine = ({ spec }) => {
  const bad = containersWhere(spec, ({ securityContext }) => securityContext?.privileged === true);
  if (bad.length === 0) return undefined;
  const detail = `${counted("container", bad)} must not set securityContext.privileged=true`;
  return { reason: "privileged", detail };
};

/** Most of what isolates a container is off in a privileged one. */
export const privileged: Check = { name: "privileged", revisions: [{ since: 0, examine }] };
