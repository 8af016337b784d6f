/** What a PriorityLevelConfiguration says, and the seats that it gives. Pure. */
import type { PriorityLevelConfiguration } from "#api/types/flowcontrol.apiserver.k8s.io/v1";

export interface QueueSettings {
  readonly count: number;
  /** Of so many queues a flow takes the emptiest. */
  readonly handSize: number;
  readonly lengthMax: number;
}

/** What becomes of a request for which there is no seat. */
export type Excess = "exempt" | "reject" | QueueSettings;

export interface LevelSettings {
  readonly name: string;
  /** Empty: the object is missing, and its mandatory settings hold. */
  readonly uid: string;
  readonly excess: Excess;
  readonly shares: number;
  readonly lendablePercent: number;
  /** Undefined: without a limit. */
  readonly borrowingLimitPercent: number | undefined;
}

/** Undefined: its parts contradict each other, and it counts as missing. */
export function levelSettingsOf({ metadata, spec }: Readonly<PriorityLevelConfiguration>): LevelSettings | undefined {
  const name = metadata.name ?? "";
  const { type, limited, exempt } = spec ?? {};
  if ((type === "Limited") !== (limited !== undefined) || (type === "Exempt") !== (exempt !== undefined)) {
    return undefined;
  }
  if ((type === "Exempt") !== (name === "exempt")) return undefined;
  const excess = limited ? excessOf(limited) : "exempt";
  if (excess === undefined) return undefined;
  const { nominalConcurrencyShares: shares = 0, lendablePercent = 0 } = limited ?? exempt ?? {};
  const borrowingLimitPercent = limited?.borrowingLimitPercent;
  return { name, uid: metadata.uid ?? "", excess, shares, lendablePercent, borrowingLimitPercent };
}

type Limited = NonNullable<NonNullable<PriorityLevelConfiguration["spec"]>["limited"]>;

function excessOf({ limitResponse }: Limited): Excess | undefined {
  const { type, queuing } = limitResponse ?? {};
  if ((type === "Reject") !== (queuing === undefined)) return undefined;
  if (!queuing) return "reject";
  const { queues: count = 0, handSize = 0, queueLengthLimit: lengthMax = 0 } = queuing;
  return count > 0 && handSize > 0 && handSize <= count ? { count, handSize, lengthMax } : undefined;
}

export interface SeatLimits {
  readonly nominal: number;
  /** What others cannot borrow. */
  readonly lower: number;
  /** What it has when it has borrowed as much as it may. */
  readonly upper: number;
}

/** `seats`: all that the server has, `shareSum`: the shares of all levels. Rounding up gives a few more than there are. */
export function seatLimitsOf(
  { shares, lendablePercent, borrowingLimitPercent }: LevelSettings,
  { seats, shareSum }: { readonly seats: number; readonly shareSum: number },
): SeatLimits {
  const nominal = shareSum > 0 ? Math.ceil((seats * shares) / shareSum) : 0;
  const borrowed = borrowingLimitPercent === undefined ? seats : Math.round((nominal * borrowingLimitPercent) / 100);
  return { nominal, lower: nominal - Math.round((nominal * lendablePercent) / 100), upper: nominal + borrowed };
}

const wideShareMax = 0.15;

/**
 * The most seats that one request of a level with queues may take, so that wide ones do not fill it: 15% of the level, and
 * a flow's hand of queues. Undefined: the level does not say.
 */
export function requestSeatsMax({ excess }: LevelSettings, { nominal }: SeatLimits): number | undefined {
  if (typeof excess === "string") return undefined;
  return Math.max(1, Math.min(Math.ceil(nominal * wideShareMax), Math.floor(nominal / excess.handSize)));
}
