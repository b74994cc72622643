// What the desk answers when it does not do what was asked: a code to act on and a sentence for people.

const PASSING = new Set(["rate_limited", "unavailable", "internal", "no_answer"]);

export class Refusal extends Error {
  constructor({ code = "internal", detail = "", fields = null, retry_after: seconds = null } = {}) {
    super(detail || code);
    this.name = "Refusal";
    this.code = code;
    this.fields = fields;
    this.retryAfterMs = seconds === null ? null : Math.max(0, Number(seconds) * 1000 || 0);
  }

  /** Asking again later may help; every other refusal is final, `invalid` above all. */
  get passing() {
    return PASSING.has(this.code);
  }
}

/** How long to wait before asking again for the nth time, in milliseconds, with jitter: a desk that comes back
    must not meet all its visitors in the same instant. */
export function pause(refusal, attempt) {
  const growing = Math.min(500 * 2 ** attempt, 10_000);
  const wanted = refusal.retryAfterMs ?? growing;
  return wanted + Math.random() * Math.min(1000, growing);
}
