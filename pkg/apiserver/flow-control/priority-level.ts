/** One priority level as the server runs it. */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { LevelSettings, SeatLimits } from "./level-settings.ts";
import { QueueSet } from "./queue-set.ts";
import { RetryAfter } from "./retry-after.ts";

export class PriorityLevel {
  readonly name: string;
  readonly queueSet: QueueSet;
  readonly retryAfter = new RetryAfter();
  settings: LevelSettings;
  limits: SeatLimits = { nominal: 0, lower: 0, upper: 0 };
  /** The limit that holds now, after borrowing. */
  current = 0;
  target = 0;
  requestSeatsMax: number | undefined;
  /** Its object is gone: it ends when its last request does. */
  isLeaving = false;

  constructor(settings: LevelSettings, clock: Clock) {
    this.name = settings.name;
    this.settings = settings;
    this.queueSet = new QueueSet(clock);
  }

  get isExempt(): boolean {
    return this.settings.excess === "exempt";
  }

  /** `seats`: of the whole server, to which a level without seats is related. */
  setLimit(current: number, target: number, seats: number): void {
    const { excess } = this.settings;
    this.current = current;
    this.target = target;
    this.queueSet.configure(excess, current);
    const places = typeof excess === "string" ? 1 : Math.max(1, excess.lengthMax) * excess.count;
    this.queueSet.statistics.relateTo({ seats: current > 0 ? current : Math.max(1, Math.round(seats / 10)), places });
  }
}
