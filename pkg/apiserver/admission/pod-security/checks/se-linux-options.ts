import type { SELinuxOptions } from "#api/types/core/v1";
import { type Check, containersOf, type Examine } from "../check.ts";
import { counted, distinct, setters } from "../words.ts";

const types = ["container_t", "container_init_t", "container_kvm_t"];

const examineWith = (allowed: ReadonlySet<string>): Examine => {
  const badTypeOf = ({ type }: SELinuxOptions): string[] => (type && !allowed.has(type) ? [type] : []);
  const isBad = (options: SELinuxOptions | undefined): options is SELinuxOptions =>
    options !== undefined && (badTypeOf(options).length > 0 || Boolean(options.user) || Boolean(options.role));
  return ({ spec }) => {
    const pod = spec.securityContext?.seLinuxOptions;
    const containers = containersOf(spec).filter(({ securityContext }) => isBad(securityContext?.seLinuxOptions));
    const who = setters(
      isBad(pod),
      containers.map(({ name }) => name),
    );
    if (who === "") return undefined;
    const bad = [pod, ...containers.map(({ securityContext }) => securityContext?.seLinuxOptions)].filter(isBad);
    const badTypes = distinct(bad.flatMap(badTypeOf));
    const what = [
      ...(badTypes.length > 0 ? [counted("type", badTypes)] : []),
      ...(bad.some(({ user }) => user) ? ["user may not be set"] : []),
      ...(bad.some(({ role }) => role) ? ["role may not be set"] : []),
    ];
    const detail = `${who} set forbidden securityContext.seLinuxOptions: ${what.join("; ")}`;
    return { reason: "seLinuxOptions", detail };
  };
};

/** SELinux keeps containers apart: its type is one of those for containers, its user and role the runtime's. */
export const seLinuxOptions: Check = {
  name: "seLinuxOptions",
  revisions: [
    { since: 0, examine: examineWith(new Set(types)) },
    { since: 31, examine: examineWith(new Set([...types, "container_engine_t"])) },
  ],
};
