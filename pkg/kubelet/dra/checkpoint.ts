/**
 * Which claims are prepared on this node, kept in a file so that a kubelet that begins anew knows whom to tell when
 * their pods go. The file is upstream's: `dra_manager_state`, JSON text with its checksum in JSON.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";

export interface PreparedDevice {
  readonly poolName: string;
  readonly deviceName: string;
  readonly shareId: string;
  /** Empty: all requests of the claim. */
  readonly requestNames: readonly string[];
  readonly cdiDeviceIds: readonly string[];
}

export interface PreparedClaim {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  /** Uids of those that use it. */
  readonly pods: Set<string>;
  /** Also drivers that gave no device of their own for it. */
  readonly drivers: Map<string, readonly PreparedDevice[]>;
}

const fileName = "dra_manager_state";
const kind = "DRACheckpoint";
const apiVersion = "checkpoint.dra.kubelet.k8s.io/v1";

interface DeviceState {
  readonly PoolName?: string;
  readonly DeviceName?: string;
  readonly ShareID?: string | null;
  readonly RequestNames?: readonly string[] | null;
  readonly CDIDeviceIDs?: readonly string[] | null;
}

interface ClaimState {
  readonly ClaimUID: string;
  readonly ClaimName: string;
  readonly Namespace: string;
  readonly PodUIDs?: Readonly<Record<string, object>> | null;
  readonly DriverState?: Readonly<Record<string, { readonly Devices?: readonly DeviceState[] | null }>> | null;
}

const orNull = (names: readonly string[]): readonly string[] | null => (names.length > 0 ? names : null);

const deviceState = (device: PreparedDevice): DeviceState => ({
  PoolName: device.poolName,
  DeviceName: device.deviceName,
  ShareID: device.shareId || null,
  RequestNames: orNull(device.requestNames),
  CDIDeviceIDs: orNull(device.cdiDeviceIds),
});

const claimState = ({ uid, name, namespace, pods, drivers }: PreparedClaim): ClaimState => ({
  ClaimUID: uid,
  ClaimName: name,
  Namespace: namespace,
  PodUIDs: Object.fromEntries([...pods].sort().map((pod) => [pod, {}])),
  DriverState: Object.fromEntries(
    [...drivers]
      .sort()
      .map(([driver, devices]) => [driver, { Devices: devices.length > 0 ? devices.map(deviceState) : null }]),
  ),
});

export function encodeCheckpoint(claims: Iterable<PreparedClaim>): string {
  const list = [...claims].map(claimState);
  const Data = JSON.stringify({ kind, apiVersion, ClaimInfoStateList: list.length > 0 ? list : null });
  return JSON.stringify({ Data, Checksum: crc32(Data) });
}

const preparedDevice = (device: DeviceState): PreparedDevice => ({
  poolName: device.PoolName ?? "",
  deviceName: device.DeviceName ?? "",
  shareId: device.ShareID ?? "",
  requestNames: device.RequestNames ?? [],
  cdiDeviceIds: device.CDIDeviceIDs ?? [],
});

const preparedClaim = (state: ClaimState): PreparedClaim => ({
  uid: state.ClaimUID,
  name: state.ClaimName,
  namespace: state.Namespace,
  pods: new Set(Object.keys(state.PodUIDs ?? {})),
  drivers: new Map(
    Object.entries(state.DriverState ?? {}).map(([driver, { Devices }]) => [
      driver,
      (Devices ?? []).map(preparedDevice),
    ]),
  ),
});

/** Throws Error for a file that was damaged. */
export function decodeCheckpoint(text: string): PreparedClaim[] {
  const { Data, Checksum } = JSON.parse(text) as { Data: string; Checksum: number };
  if (typeof Data !== "string" || crc32(Data) !== Checksum) throw new Error("checkpoint is corrupted");
  const { ClaimInfoStateList } = JSON.parse(Data) as { ClaimInfoStateList?: readonly ClaimState[] | null };
  return (ClaimInfoStateList ?? []).map(preparedClaim);
}

/** Below a kubelet's root directory. Writes come one after the other, and a crash leaves the old or the new. */
export class Checkpoint {
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(directory: string) {
    this.#path = join(directory, fileName);
  }

  /** Rejects with Error for a file that was damaged: whose claims are prepared must not be forgotten. */
  async read(): Promise<PreparedClaim[]> {
    const text = await readFile(this.#path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) return [];
    try {
      return decodeCheckpoint(text);
    } catch (error) {
      throw new Error(`failed to get checkpoint ${fileName}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Writes the claims as they are now. */
  write(claims: Iterable<PreparedClaim>): Promise<void> {
    const text = encodeCheckpoint(claims);
    const written = this.#writing.then(async () => {
      await writeFile(`${this.#path}.new`, text, { mode: 0o600 });
      await rename(`${this.#path}.new`, this.#path);
    });
    this.#writing = written.catch(() => undefined);
    return written;
  }
}
