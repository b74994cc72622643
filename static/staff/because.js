// Why an agent has a chat, in words: the rule that decided, and what it had to choose from.
import { t } from "../i18n/language.js";

/** `because`: a chat's assigned_because; `agent` its User; `me`: the viewer's id, so that it reads "you". */
export function becauseWords(because, agent, me) {
  if (!because) return "";
  const key = `because.${because.rule}${agent?.id === me ? "" : ".other"}`;
  const said = t(key, { name: agent?.name ?? t("somebody") });
  return said === key ? because.rule : [said, loads(because, agent)].filter(Boolean).join(" ");
}

function loads({ rule, candidates }, agent) {
  const own = candidates.find(({ agent_id: id }) => id === agent?.id);
  if (!own || candidates.length < 2 || rule === "picked") return "";
  return t("because.loads", { open: own.open, max: own.max_chats, count: candidates.length - 1 });
}
