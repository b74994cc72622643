"""What somebody wrote in an answer, without the mail it answers: in whatever language the quote begins, and between quotes.

mail-parser-reply knows the lines with which mail programs begin a quote in a dozen languages; those of programs it does not
know are added here. Its rules for signatures are not used: they take lists for signatures.
"""
# ruff: noqa: RUF001  people write in all these letters

import re
from functools import cache

from mailparser_reply import EmailReplyParser
from mailparser_reply.constants import MAIL_LANGUAGES

LONGEST = 200_000  # characters that are looked at
LINES = 1000  # in which a quote's header is looked for
AHEAD, AHEAD_MAX = 6, 300  # lines and characters of such a header
CONTEXT = 2  # lines of a quote that stay above an answer to them
QUOTED = re.compile(r"^\s*(>|\|)")
RULE = re.compile(r"^\s*[-_—]*\s*$")  # an empty line, or one drawn above a quote
MORE_HEADERS = re.compile(
    "|".join(
        (
            r"^[-—_]{2,}[ \u00a0]*(?:原始邮件|原始郵件|转发邮件|Original [Mm]essage|Forwarded message|回复的原邮件|"
            r"Ursprüngliche Nachricht|Message d.origine|Mensaje original|Messaggio originale|元のメッセージ)[ \u00a0]*[-—_]+$",
            r"^(?:在|于|於)\s?\d{2,4}\s?[-/年.]\s?\d{1,2}.{0,200}(?:写道|寫道)\s?[:：]\s*$",
            r"^.{0,120}<[^<>\s]+@[^<>\s]+>.{0,40}[:：]\s*\n(?:\s*\n)*>",
            r"^At \d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}, ?.{0,200}wrote\s?:\s*$",
            r"^\d{4}年\d{1,2}月\d{1,2}日.{0,200}(?:写道|寫道|書きました|のメール)?\s?[:：]\s*$",
            r"^\d{4}/\d{1,2}/\d{1,2}.{0,200}[:：]\s*$",
            r"^.{0,100}(?:<[^<>\s]+@[^<>\s]+>).{0,60}(?:wrote|写道|寫道|schrieb|a écrit|escribió|ha scritto|пишет|"
            r"писал|написал)\s?[:：]\s*$",
            r"^(?:发件人|寄件者|From|Von|De|Da|差出人|보낸 ?사람|От)\s?[:：].{1,300}\n(?:.{0,300}\n)?"
            r"(?:发送时间|发送日期|日期|寄件日期|时间|Sent|Date|Gesendet|Datum|Envoyé|Enviado|Inviato|"
            r"送信日時|日時|보낸 ?날짜|Дата)\s?[:：]",
        )
    ),
    re.MULTILINE,
)
ASIDES = re.compile(
    r"^(?:Sent from my .{1,60}|Sent from Outlook.{0,60}|Get Outlook for .{1,80}|发自我的.{1,40}|"
    r"从我的.{1,40}发送|來自我的.{1,40}|"
    r"Von meinem .{1,40} gesendet|Envoyé de mon .{1,40}|Enviado desde mi .{1,40}|Inviato da .{1,40}|iPhoneから送信|"
    r"发自.{0,20}(?:邮箱|手机)(?:大师|客户端)?)\.?$"
)


@cache
def _known_headers() -> re.Pattern[str]:
    header: re.Pattern[str] = EmailReplyParser(languages=list(MAIL_LANGUAGES)).read("").HEADER_REGEX
    return header


def own_words(text: str) -> str:
    """The answer; of a text without an own word all of it."""
    lines = [line.rstrip() for line in text[:LONGEST].replace("\u00a0", " ").split("\n")]
    whole = "\n".join(lines)
    start = _quote_start(whole)
    above, below = whole[:start], whole[start:]
    own = _tidy([*_between_quotes(above), *_between_quotes(_without_header(below))])
    return own or _tidy(whole.split("\n"))


def _quote_start(text: str) -> int:
    """Where the first quote's header begins; the end when there is none.

    Line by line with a short look ahead: over a whole mail the patterns of the library can take for ever.
    """
    at, lines = 0, text.split("\n")
    for index, line in enumerate(lines[:LINES]):
        if line.strip() and not QUOTED.match(line) and _announces_quote(lines, index):
            return at
        at += len(line) + 1
    return len(text)


def _without_header(below: str) -> str:
    """The quote without the lines that announce it; empty when no line of it is marked as quoted: it is quoted to its end."""
    lines = below.split("\n")
    first = next((index for index, line in enumerate(lines) if QUOTED.match(line)), None)
    return "" if first is None else "\n".join(lines[first:])


def _between_quotes(text: str) -> list[str]:
    """The lines that are not quoted, with the end of the quote that stands above each answer."""
    kept: list[str] = []
    quote: list[str] = []
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if QUOTED.match(line):
            quote.append(line.strip())
            continue
        if line.strip() and quote:
            if ASIDES.match(line.strip()) or _announces_quote(lines, index):
                continue
            kept += ["", *[each for each in quote if each.strip("> |")][-CONTEXT:]]
            quote = []
        if line.strip() or not quote:
            kept.append(line)
    return kept


def _announces_quote(lines: list[str], index: int) -> bool:
    """Whether this line is one that programs write above a quote."""
    ahead = "\n".join(line.strip() for line in lines[index : index + AHEAD])[:AHEAD_MAX]
    return bool(_known_headers().match(ahead) or MORE_HEADERS.match(ahead))


def _tidy(lines: list[str]) -> str:
    """Without a marked signature, what phones add, and empty lines in a row."""
    kept: list[str] = []
    for line in lines:
        if line.rstrip() in {"--", "-- "} or line == "—":
            break
        if ASIDES.match(line.strip()):
            continue
        if line.strip() or (kept and kept[-1].strip()):
            kept.append(line)
    while kept and RULE.match(kept[-1]):
        kept.pop()
    return "\n".join(kept).strip()
