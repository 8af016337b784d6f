/** What whoever starts an API server chooses. Paths name PEM files. */
export interface ApiServerOptions {
  readonly bindAddress: string;
  /** 0 takes any free port. */
  readonly securePort: number;
  /** Several processes serve the same port. */
  readonly portSharing: boolean;
  /** What the endpoints of the `kubernetes` Service show. */
  readonly advertiseAddress: string;
  readonly etcd: {
    readonly servers: readonly string[];
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
    /** `/registry`. */
    readonly prefix: string;
    readonly compactionIntervalMs?: number;
    /** No other process writes objects into this etcd while this one runs. */
    readonly isSoleWriter: boolean;
  };
  readonly tls: { readonly certFile: string; readonly keyFile: string };
  readonly clientCaFile?: string;
  readonly requestHeader?: {
    readonly clientCaFile: string;
    readonly allowedNames: readonly string[];
    readonly usernameHeaders: readonly string[];
    readonly uidHeaders: readonly string[];
    readonly groupHeaders: readonly string[];
    readonly extraHeadersPrefixes: readonly string[];
  };
  readonly serviceAccount: {
    readonly keyFiles: readonly string[];
    readonly signingKeyFile?: string;
    readonly issuers: readonly string[];
    /** Empty: the first issuer. */
    readonly audiences: readonly string[];
    /** Seconds; 0: no bound. */
    readonly expirationSecondsMax: number;
    readonly extendTokenExpiration: boolean;
  };
  readonly tokenAuthFile?: string;
  readonly bootstrapTokens: boolean;
  readonly anonymous: boolean;
  readonly authorizationModes: readonly string[];
  readonly enableAdmission: readonly string[];
  readonly disableAdmission: readonly string[];
  readonly admissionConfigurationFile?: string;
  /** Webhooks and aggregated APIs are reached at their endpoints instead of at the address of their Service. */
  readonly routesToEndpoints: boolean;
  /** `10.96.0.0/16`; the first of a list gives the `kubernetes` Service its address. */
  readonly serviceClusterIpRange: string;
  /** Inclusive. */
  readonly serviceNodePortRange: { readonly from: number; readonly to: number };
  readonly kubelet: {
    readonly certFile?: string;
    readonly keyFile?: string;
    readonly caFile?: string;
    readonly addressTypes: readonly string[];
  };
  /** How this server proves itself to the servers of aggregated APIs. */
  readonly proxyClient?: { readonly certFile: string; readonly keyFile: string };
  /** Serves /debug/pprof/ to who may read it. */
  readonly profiling: boolean;
  readonly requestTimeoutMs: number;
  /** Each a bound of its own; with priority and fairness, what all levels share is their sum. */
  readonly inFlight: { readonly readOnly: number; readonly mutating: number };
  readonly priorityAndFairness: boolean;
}

export const defaultOptions: Omit<ApiServerOptions, "etcd" | "tls"> = {
  bindAddress: "0.0.0.0",
  securePort: 6443,
  portSharing: false,
  advertiseAddress: "127.0.0.1",
  serviceAccount: {
    keyFiles: [],
    issuers: [],
    audiences: [],
    expirationSecondsMax: 0,
    extendTokenExpiration: true,
  },
  bootstrapTokens: false,
  anonymous: true,
  authorizationModes: ["AlwaysAllow"],
  enableAdmission: [],
  disableAdmission: [],
  routesToEndpoints: false,
  serviceClusterIpRange: "10.0.0.0/24",
  serviceNodePortRange: { from: 30_000, to: 32_767 },
  kubelet: { addressTypes: ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"] },
  profiling: true,
  requestTimeoutMs: 60_000,
  inFlight: { readOnly: 400, mutating: 200 },
  priorityAndFairness: true,
};
