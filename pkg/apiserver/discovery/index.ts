export { aggregatedDocument, aggregatedMediaType, aggregatedParameters, etagOf } from "./aggregated.ts";
export { apiVersionsDocument, groupDocument, groupListDocument, resourceListDocument } from "./documents.ts";
export { type DiscoveredGroup, type DiscoveredVersion, type DynamicVersion, discoverGroups } from "./model.ts";
export { encodeDiscovery } from "./protobuf.ts";
export { rootPathsDocument } from "./root-paths.ts";
export { compareVersions } from "./version-order.ts";
