// /login: one way in; each goes to the page of their role.
import { entrance } from "./entrance.js";

entrance(null, null);
