// Whether a chat's customer is there. A chat says it as of when it was read, and an answer may be overtaken by news; so
// what was heard on this connection counts, and the chat's own word only until something was.

export class CustomersHere {
  #heard = new Map();

  /** `changed(customerId)` after news of one. */
  constructor(connection, changed) {
    connection.on("welcome", () => this.#heard.clear()); // what happened while nobody listened is in what comes now
    connection.on("presence", ({ user_id: id, role, status }) => {
      if (role !== "customer") return;
      this.#heard.set(id, status !== "offline");
      changed(id);
    });
  }

  /** true, false, or null: it is over, and nobody asks. */
  of({ customer, customer_here: told = null, status }) {
    return status === "ended" ? null : (this.#heard.get(customer.id) ?? told);
  }
}
