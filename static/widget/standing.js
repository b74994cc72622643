// How a department stands just now, in words: open and how soon it answers, without anybody there, closed and until when.
import { moment } from "../elements/times.js";
import { t } from "../i18n/language.js";

const SOON_SECONDS = 90;
const HOUR_SECONDS = 3600;

/** "Open", "Closed: opens tomorrow at 09:00": a row of the availability, short. */
export function standing(row) {
  if (!row.is_open) return row.opens_at ? t("standing.opens", { when: moment(row.opens_at) }) : t("standing.closed");
  if (!row.staffed) return t("standing.nobody");
  return [t("standing.open"), usually(row)].filter(Boolean).join(" · ");
}

/** "Usually answers within 3 minutes", or nothing while the desk cannot say. */
export function usually({ usual_answer_seconds: seconds }) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds <= SOON_SECONDS) return t("standing.soon");
  return seconds < HOUR_SECONDS ? t("standing.minutes", { count: Math.ceil(seconds / 60) })
    : t("standing.hours", { count: Math.ceil(seconds / HOUR_SECONDS) });
}

export const opening = (opensAt) => (opensAt ? t("queue.opens", { when: moment(opensAt) }) : "");
