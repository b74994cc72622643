// What the desk says of itself before anybody types: which departments are open, when the others open, who is there.
import { get } from "../client/http.js";
import { Listeners } from "../client/listeners.js";

const PATIENCE_MS = 4000;
const AGAIN_MS = 30_000;

/** Emits `change`. A row: {name, is_open, opens_at, staffed, waiting, usual_answer_seconds}. */
export class Availability extends Listeners {
  rows = [];
  isKnown = false;

  /** Asks the desk, and again every half minute while `isWanted()`. A failure leaves what is known: nobody is held up by it. */
  constructor(isWanted) {
    super();
    this.first = this.look();
    setInterval(() => isWanted() && void this.look(), AGAIN_MS);
  }

  async look() {
    try {
      const { departments } = await get("/api/availability", { patience: PATIENCE_MS });
      this.rows = departments;
      this.isKnown = true;
      this.tellAll("change");
    } catch (refusal) {
      if (!refusal.code) throw refusal;
    }
  }

  /** What another source says of the departments, where the desk did not answer: their names, and nothing of their hours. */
  assume(names) {
    this.rows = names.map((name) => ({ ...UNKNOWN, name }));
    this.isKnown = true;
    this.tellAll("change");
  }

  get names() {
    return this.rows.map(({ name }) => name).filter((name) => name !== null);
  }

  /** Of one department; null: of whoever is there. While nothing is known it counts as open and staffed. */
  of(name) {
    const row = this.rows.find((each) => each.name === name);
    if (row || !this.rows.length) return row ?? UNKNOWN;
    const open = this.rows.filter(({ is_open: isOpen }) => isOpen);
    const soonest = this.rows.map(({ opens_at: at }) => at).filter(Boolean).sort()[0] ?? null;
    return { ...UNKNOWN, is_open: open.length > 0, opens_at: open.length ? null : soonest, staffed: open.some(({ staffed }) => staffed) };
  }
}

const UNKNOWN = { name: null, is_open: true, opens_at: null, staffed: true, waiting: 0, usual_answer_seconds: null };
