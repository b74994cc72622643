// Teaches a page the words of admins.
import { learn } from "../language.js";
import en from "./en.js";
import zh from "./zh.js";

learn({ en, zh });
