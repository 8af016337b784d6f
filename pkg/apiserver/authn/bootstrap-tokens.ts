/** Bootstrap tokens (`id.secret`), kept as Secrets in kube-system, by which a new node joins. */
import { timingSafeEqual } from "node:crypto";
import { resources } from "#api/gen/resources.ts";
import type { ObjectReader } from "../resources/reader.ts";
import type { TokenAuthenticator } from "./authenticator.ts";

const form = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const groupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

export function bootstrapTokens(reader: ObjectReader, now: () => number): TokenAuthenticator {
  return {
    name: "bootstrap-token",
    async authenticateToken(token) {
      const [, id, secret] = form.exec(token) ?? [];
      if (!id || !secret) return undefined;
      const stored = await reader.get(resources.secrets, "kube-system", `bootstrap-token-${id}`);
      if (stored?.type !== "bootstrap.kubernetes.io/token" || stored.metadata.deletionTimestamp) return undefined;
      const text = (key: string) => Buffer.from((stored.data?.[key] as string | undefined) ?? "", "base64").toString();
      if (text("token-id") !== id || !sameText(text("token-secret"), secret)) return undefined;
      const expiration = text("expiration");
      if (expiration && !(Date.parse(expiration) > now())) return undefined;
      if (text("usage-bootstrap-authentication") !== "true") return undefined;
      const extraGroups = text("auth-extra-groups")
        .split(",")
        .filter((g) => groupForm.test(g));
      return { user: { name: `system:bootstrap:${id}`, groups: ["system:bootstrappers", ...extraGroups] } };
    },
  };
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
