// Teaches a page the words of agents and admins.
import { learn } from "../language.js";
import en from "./en.js";
import zh from "./zh.js";

learn({ en, zh });
