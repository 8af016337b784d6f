/** The server's certificate: given, kept from before, or made and signed by an authority of its own. */
import { X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { issueAuthority, issueLeaf } from "#pkg/pki/index.ts";
import type { ServerHost } from "./host.ts";

const renewBeforeMs = 30 * 24 * 60 * 60_000;

/** PEM texts. Rejects when the root directory cannot be written. */
export async function servingCertificate(host: ServerHost): Promise<{ cert: string; key: string }> {
  const directory = `${host.rootDir}/pki`;
  const kept = await readKept(directory);
  if (kept && isGood(kept.cert, host)) return kept;
  const now = new Date(host.clock.now());
  const authority = await issueAuthority(
    { path: "kubelet-ca", commonName: `${host.nodeName}-ca@${Math.floor(now.getTime() / 1000)}` },
    now,
  );
  const leaf = await issueLeaf(
    {
      path: "kubelet",
      authority: "kubelet-ca",
      commonName: `system:node:${host.nodeName}`,
      organizations: ["system:nodes"],
      usages: ["server"],
      dnsNames: [host.nodeName],
      ipAddresses: [...host.nodeIPs],
    },
    authority,
    now,
  );
  const made = { cert: `${leaf.certificate}${authority.certificate}`, key: leaf.key };
  await mkdir(directory, { recursive: true });
  await replace(`${directory}/kubelet.key`, made.key, 0o600);
  await replace(`${directory}/kubelet.crt`, made.cert, 0o644);
  return made;
}

async function readKept(directory: string): Promise<{ cert: string; key: string } | undefined> {
  const read = (name: string) => readFile(`${directory}/${name}`, "utf8").catch(() => "");
  const [cert, key] = await Promise.all([read("kubelet.crt"), read("kubelet.key")]);
  return cert && key ? { cert, key } : undefined;
}

function isGood(pem: string, { clock, nodeIPs, nodeName }: ServerHost): boolean {
  try {
    const certificate = new X509Certificate(pem);
    return (
      Date.parse(certificate.validTo) - renewBeforeMs > clock.now() &&
      certificate.checkHost(nodeName) !== undefined &&
      nodeIPs.every((ip) => certificate.checkIP(ip) !== undefined)
    );
  } catch {
    return false;
  }
}

async function replace(path: string, text: string, mode: number): Promise<void> {
  await writeFile(`${path}.new`, text, { mode });
  await rename(`${path}.new`, path);
}
