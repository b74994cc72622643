// Who one is to the desk, remembered: a token and a User, kept under the role's name so that an agent and an admin can
// share a browser.

export class Session {
  #memory;
  #key;

  constructor(memory, role) {
    this.#memory = memory;
    this.#key = `session/${role}`;
  }

  get user() {
    return this.#held?.user ?? null;
  }

  get token() {
    return this.#held?.token ?? null;
  }

  /** Something is kept that nobody can go on with. */
  get isBroken() {
    return this.#memory.get(this.#key) !== null && !this.#held;
  }

  get #held() {
    const held = this.#memory.get(this.#key);
    return held?.user?.id && held.token ? held : null;
  }

  begin({ token, user }) {
    this.#memory.set(this.#key, { token, user });
  }

  /** The desk handed out a fresh token on a connection of `user`; if somebody else has logged in meanwhile it is not theirs. */
  keep(token, user) {
    if (this.user?.id === user.id) this.begin({ token, user: this.user });
  }

  end() {
    this.#memory.remove(this.#key);
  }

  /** Another tab logged in or out, or in as somebody else. */
  onChange(listener) {
    return this.#memory.on("change", (key) => key === this.#key && listener());
  }
}
