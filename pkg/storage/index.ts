/** Storage of the API server: `openStorage`, its contract, and the errors that it tells apart. */
export { ListExpiredError } from "./errors.ts";
export { EtcdError, type EtcdErrorKind, isEtcdError } from "./etcd/errors.ts";
export { defaultLimits, type StorageLimits, type StorageObserver, type StorageOptions } from "./options.ts";
export { spliceResourceVersion } from "./splice.ts";
export { openStorage } from "./storage.ts";
export * from "./types.ts";
