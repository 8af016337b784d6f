/** What a level's seats and requests were, over time. */
import { RatioTimes } from "./ratio-times.ts";
import { SeatDemand } from "./seat-demand.ts";

const seatBounds = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1];
const requestBounds = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 1];
const demandBounds = [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.7, 2, 2.8, 4, 6];

export interface Occupancy {
  readonly seatsInUse: number;
  readonly seatsWaiting: number;
  readonly executing: number;
  readonly waiting: number;
}

export class LevelStatistics {
  readonly demand = new SeatDemand();
  readonly demandSeats = new RatioTimes(demandBounds);
  readonly seats = new RatioTimes(seatBounds);
  readonly executing = new RatioTimes(requestBounds);
  readonly waiting = new RatioTimes(requestBounds);

  /** It was so for so long. */
  add({ seatsInUse, seatsWaiting, executing, waiting }: Occupancy, ms: number): void {
    this.demand.add(seatsInUse + seatsWaiting, ms);
    this.demandSeats.add(seatsInUse + seatsWaiting, ms);
    this.seats.add(seatsInUse, ms);
    this.executing.add(executing, ms);
    this.waiting.add(waiting, ms);
  }

  /** What the numbers are in relation to. */
  relateTo({ seats, places }: { readonly seats: number; readonly places: number }): void {
    this.demandSeats.denominator = seats;
    this.seats.denominator = seats;
    this.executing.denominator = seats;
    this.waiting.denominator = places;
  }
}
