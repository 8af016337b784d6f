/** A serving certificate that nobody signed for us: for health pages on loopback, whose clients do not check it. */
import { issueAuthority, issueLeaf } from "./issue.ts";

/** New at each call; of no use to whoever wants to know whom it talks to. PEM. */
export async function selfSignedServing(host: string, now = new Date()): Promise<{ cert: string; key: string }> {
  const authority = await issueAuthority(
    { path: "ca", commonName: `${host}-ca@${Math.floor(now.getTime() / 1000)}` },
    now,
  );
  const { certificate, key } = await issueLeaf(
    {
      path: "serving",
      authority: "ca",
      commonName: host,
      organizations: [],
      usages: ["server"],
      dnsNames: [host, "localhost"],
      ipAddresses: ["127.0.0.1"],
    },
    authority,
    now,
  );
  return { cert: certificate, key };
}
