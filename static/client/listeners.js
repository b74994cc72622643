// Who wants to hear what: the smallest thing that can be listened to.

export class Listeners {
  #byName = new Map();

  /** Returns a function that ends it. */
  on(name, listener) {
    if (!this.#byName.has(name)) this.#byName.set(name, new Set());
    this.#byName.get(name).add(listener);
    return () => this.#byName.get(name).delete(listener);
  }

  tellAll(name, ...facts) {
    for (const listener of [...(this.#byName.get(name) ?? [])]) listener(...facts);
  }
}
