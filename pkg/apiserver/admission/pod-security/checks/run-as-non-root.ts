import { type Check, containersWhere, type Examine, isInUserNamespace, unless } from "../check.ts";
import { counted, setters } from "../words.ts";

const reason = "runAsNonRoot != true";

const examine: Examine = ({ spec }) => {
  const pod = spec.securityContext?.runAsNonRoot;
  const refusing = containersWhere(spec, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  const who = setters(pod === false, refusing);
  if (who !== "") return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  const silent = containersWhere(spec, ({ securityContext }) => (securityContext?.runAsNonRoot ?? pod) === undefined);
  if (silent.length === 0) return undefined;
  return { reason, detail: `pod or ${counted("container", silent)} must set securityContext.runAsNonRoot=true` };
};

/** Whatever user an image names, root is refused when the container starts. */
export const runAsNonRoot: Check = {
  name: "runAsNonRoot",
  revisions: [
    { since: 0, examine },
    { since: 35, examine: unless(isInUserNamespace, examine) },
  ],
};
