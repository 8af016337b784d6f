/** How many seats a level has wanted lately: the input of borrowing. */

/** Half of what was wanted is forgotten after five minutes of adjustments every ten seconds. */
const smoothing = 0.977;

export class SeatDemand {
  #ms = 0;
  #sum = 0;
  #sumOfSquares = 0;
  #highest = 0;
  highWatermark = 0;
  average = 0;
  deviation = 0;
  smoothed = 0;

  /** So many seats were wanted for so long. */
  add(seats: number, ms: number): void {
    this.#ms += ms;
    this.#sum += seats * ms;
    this.#sumOfSquares += seats * seats * ms;
    if (seats > this.#highest) this.#highest = seats;
  }

  /** Ends a period; the next one begins with so many. */
  endPeriod(seats: number): void {
    this.highWatermark = Math.max(this.#highest, seats);
    if (this.#ms > 0) this.#summarize();
    this.#ms = 0;
    this.#sum = 0;
    this.#sumOfSquares = 0;
    this.#highest = seats;
  }

  /** Grows at once with the demand, and shrinks slowly. */
  #summarize(): void {
    this.average = this.#sum / this.#ms;
    this.deviation = Math.sqrt(Math.max(0, this.#sumOfSquares / this.#ms - this.average ** 2));
    const envelope = this.average + this.deviation;
    this.smoothed = Math.max(envelope, smoothing * this.smoothed + (1 - smoothing) * envelope);
  }
}
