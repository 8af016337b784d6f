/** The levels and schemas that hold now, made from their objects as a whole whenever one of them changes. */
import type { FlowSchema, PriorityLevelConfiguration } from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { mandatoryFlowSchemas, mandatoryPriorityLevels } from "#pkg/registry/flowcontrol.apiserver.k8s.io/mandatory.ts";
import { planBorrowing } from "./borrowing.ts";
import { byPrecedence, Classifier } from "./classifier.ts";
import { AllFlowCounts } from "./flow-counts.ts";
import { type LevelSettings, levelSettingsOf, requestSeatsMax, seatLimitsOf } from "./level-settings.ts";
import { PriorityLevel } from "./priority-level.ts";
import { type ServedSchema, serveSchema } from "./served-schema.ts";

const fallback = "catch-all";

export class Configuration {
  readonly counts = new AllFlowCounts();
  readonly #clock: Clock;
  readonly #seats: number;
  #levels = new Map<string, PriorityLevel>();
  #classifier: Classifier<ServedSchema>;
  fairFraction = 0;

  /** `seats`: how many requests the server may execute at once. */
  constructor(seats: number, clock: Clock) {
    this.#seats = seats;
    this.#clock = clock;
    this.#classifier = this.apply([], []);
  }

  get levels(): Iterable<PriorityLevel> {
    return this.#levels.values();
  }

  get classifier(): Classifier<ServedSchema> {
    return this.#classifier;
  }

  hasLevel(name: string): boolean {
    return this.#levels.get(name)?.isLeaving === false;
  }

  /** Mandatory ones that are missing are there all the same. Schemas without a level take no requests. */
  apply(
    levels: readonly Readonly<PriorityLevelConfiguration>[],
    schemas: readonly Readonly<FlowSchema>[],
  ): Classifier<ServedSchema> {
    this.#levels = this.#nextLevels(levels);
    this.#classifier = this.#classifierOf(schemas);
    this.#divideSeats();
    this.adjust();
    return this.#classifier;
  }

  /** Moves seats to where they were wanted since the last time. */
  adjust(): void {
    const levels = [...this.#levels.values()];
    const plan = planBorrowing(
      levels.map(({ isExempt: exempt, limits, current, queueSet }) => {
        queueSet.sync();
        const { demand } = queueSet.statistics;
        demand.endPeriod(queueSet.seatsInUse + queueSet.seatsWaiting);
        return { exempt, limits, current, highWatermark: demand.highWatermark, smoothed: demand.smoothed };
      }),
    );
    this.fairFraction = plan.fairFraction;
    for (const [at, { limit, target }] of plan.levels.entries()) levels[at]?.setLimit(limit, target, this.#seats);
  }

  #nextLevels(objects: readonly Readonly<PriorityLevelConfiguration>[]): Map<string, PriorityLevel> {
    const next = new Map<string, PriorityLevel>();
    for (const object of objects) this.#put(next, levelSettingsOf(object));
    for (const [name, spec] of mandatoryPriorityLevels) {
      if (!next.has(name)) this.#put(next, levelSettingsOf({ metadata: { name }, spec }));
    }
    for (const [name, level] of this.#levels) {
      if (next.has(name) || level.queueSet.isIdle) continue;
      level.isLeaving = true;
      next.set(name, level);
    }
    return next;
  }

  #put(levels: Map<string, PriorityLevel>, settings: LevelSettings | undefined): void {
    if (!settings) return;
    const level = this.#levels.get(settings.name) ?? new PriorityLevel(settings, this.#clock);
    level.settings = settings;
    level.isLeaving = false;
    levels.set(settings.name, level);
  }

  #classifierOf(objects: readonly Readonly<FlowSchema>[]): Classifier<ServedSchema> {
    const schemas = objects.flatMap((object) => this.#serve(object)).sort(byPrecedence);
    const imagined = (name: string): ServedSchema[] => {
      const spec = mandatoryFlowSchemas.get(name);
      return spec && !schemas.some((schema) => schema.name === name) ? this.#serve({ metadata: { name }, spec }) : [];
    };
    const all = [...imagined("exempt"), ...schemas, ...imagined(fallback)];
    this.counts.keep(new Set(all.map(({ counts }) => counts)));
    const last = all.find(({ name }) => name === fallback);
    if (!last) throw new Error(`there is no schema ${fallback}`);
    return new Classifier(all, last);
  }

  #serve(object: Readonly<FlowSchema>): ServedSchema[] {
    const level = this.#levels.get(object.spec?.priorityLevelConfiguration?.name ?? "");
    if (!level || level.isLeaving) return [];
    return [serveSchema(object, level, (ofLevel, schema) => this.counts.of(ofLevel, schema))];
  }

  /** Leaving levels keep their part until they are empty. */
  #divideSeats(): void {
    const shareSum = [...this.#levels.values()].reduce((sum, { settings }) => sum + settings.shares, 0);
    for (const level of this.#levels.values()) {
      level.limits = seatLimitsOf(level.settings, { seats: this.#seats, shareSum });
      level.requestSeatsMax = requestSeatsMax(level.settings, level.limits);
    }
  }
}
