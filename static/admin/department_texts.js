// What a department has the desk say by itself: each text in each language, the usual words, or nothing.
import { el } from "../elements/dom.js";
import { check, field } from "../elements/form.js";
import { t } from "../i18n/language.js";

const KINDS = ["greeting", "first_answer", "closed"];
const LANGUAGES = [["en", "English"], ["zh", "中文"]];
const LONGEST = 1000;

/** {node, value()} of what `given` becomes; `usual`: the words that are said where none are written. */
export function departmentTexts(given, usual) {
  const rows = KINDS.map((kind) => {
    const areas = LANGUAGES.map(([tag, name]) => {
      const area = el("textarea", { rows: "2", maxlength: String(LONGEST), lang: tag, dir: "auto", placeholder: usual?.[kind]?.[tag] ?? "" });
      area.value = given?.[kind]?.[tag] ?? "";
      return { tag, area, node: field({ label: t("departments.text_in", { text: t(`departments.text.${kind}`), language: name }) }, area) };
    });
    const isSaid = check({ label: t(`departments.text.${kind}`), checked: given?.[kind] !== null, hint: t(`departments.text.${kind}_hint`) });
    const words = el("div", { class: "two" }, ...areas.map(({ node }) => node));
    const show = () => { words.hidden = !isSaid.box.checked; };
    isSaid.box.addEventListener("change", show);
    show();
    return { kind, areas, isSaid, node: el("div", { class: "department-text" }, isSaid, words) };
  });
  const own = ({ areas }) => Object.fromEntries(areas.filter(({ area }) => area.value.trim()).map(({ tag, area }) => [tag, area.value.trim()]));
  const isUsual = (row) => row.isSaid.box.checked && !Object.keys(own(row)).length;
  return {
    node: el("details", { class: "week department-texts", "data-field": "texts" }, el("summary", { class: "field-title", text: t("departments.texts") }),
      el("p", { class: "hint", text: t("departments.texts_hint", { when: "{when}" }) }), ...rows.map(({ node }) => node)),
    value: () => Object.fromEntries(rows.filter((row) => !isUsual(row)).map((row) => [row.kind, row.isSaid.box.checked ? own(row) : null])),
  };
}
