/** Whom this machine trusts, where an API object names no authority of its own. */
import { getCACertificates } from "node:tls";

let roots: string[] | undefined;

/** The certificates that the machine's administrators chose; without any, those that Node brings. PEM. */
export function machineRoots(): string[] {
  if (!roots) {
    const system = getCACertificates("system");
    roots = system.length > 0 ? system : getCACertificates("default");
  }
  return roots;
}
