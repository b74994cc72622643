// /login: one way in; each goes to the page of their role.
import { signInGate } from "./sign_in.js";

signInGate(null, null);
