import { type Check, containersWhere, type Examine } from "../check.ts";
import { setters } from "../words.ts";

const examine: Examine = ({ spec }) => {
  const bad = containersWhere(spec, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
  const who = setters(spec.securityContext?.windowsOptions?.hostProcess === true, bad);
  if (who === "") return undefined;
  return { reason: "hostProcess", detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` };
};

/** What runs as a process of a Windows node is not isolated from it. */
export const windowsHostProcess: Check = { name: "windowsHostProcess", revisions: [{ since: 0, examine }] };
