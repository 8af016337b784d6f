/** The one rule of a node that the service proxy has no part in: whose address leaves it. Pure. */
import type { ClusterConfig } from "../config.ts";
import { nodesBridge, nodesCidr } from "./places.ts";

/** The bridge of a node's pods. */
export const bridgeName = "kubets0";
export const tableName = "kubets";

/** Pod traffic that leaves the pods' network takes the node's address; what further nodes send beyond takes the machine's. */
export function masqueradeRules(config: Pick<ClusterConfig, "clusterCidr">): string {
  const near = `${config.clusterCidr}, 224.0.0.0/4`;
  return `add table ip ${tableName}
delete table ip ${tableName}
table ip ${tableName} {
  chain postrouting {
    type nat hook postrouting priority srcnat + 10; policy accept;
    ip saddr ${config.clusterCidr} ip daddr != { ${near} } oifname != "${bridgeName}" masquerade
    ip saddr ${nodesCidr} ip daddr != { ${near}, ${nodesCidr} } oifname != "${nodesBridge}" masquerade
  }
}
`;
}
