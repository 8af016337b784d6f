/** Who may approve or sign requests of a signer. https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization */
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { Authorizer } from "../authz/authorizer.ts";

/** A role names one signer, or with `example.com/*` all of a domain. */
export async function maySign(
  authorizer: Authorizer,
  user: RequestUser,
  verb: "approve" | "sign",
  signerName: string,
): Promise<boolean> {
  const slash = signerName.indexOf("/");
  const domain = `${slash < 0 ? signerName : signerName.slice(0, slash)}/*`;
  for (const name of [signerName, domain]) {
    const resource = {
      group: "certificates.k8s.io",
      version: "*",
      plural: "signers",
      subresource: "",
      namespace: "",
      name,
    };
    const { outcome } = await authorizer.authorize({ user, verb, resource, path: "" });
    if (outcome === "allow") return true;
  }
  return false;
}
