"""What the desk itself says to people, in their language: the one table of it. The faces' own words are in static/i18n/."""

LANGUAGES = ("en", "zh")
USUAL = "en"

WORDS: dict[str, dict[str, str]] = {
    "greeting": {
        "en": "Hello, and thank you for writing to us. We read everything here, and this is where we answer you.",
        "zh": "您好，感谢您联系我们。您的留言我们都会看到，并在这里回复您。",
    },
    "first_answer": {
        "en": "Thank you for your patience. {when}",
        "zh": "感谢您的耐心等待。{when}",
    },
    "closed": {
        "en": "Hello, and thank you for your message. We are closed just now. {when} You will find our answer here.",
        "zh": "您好，感谢您的留言。我们现在不在服务时间。{when}您可以在这里看到我们的回复。",
    },
    "when.opens": {"en": "We open on {moment}.", "zh": "我们将于{moment}开始服务。"},
    "when.soon": {"en": "Usually somebody answers within a minute or two.", "zh": "通常一两分钟内会有人回复。"},
    "when.minutes": {"en": "Usually somebody answers within {count} minutes.", "zh": "通常{count}分钟内会有人回复。"},
    "when.hours": {"en": "Usually somebody answers within {count} hours.", "zh": "通常{count}小时内会有人回复。"},
    "when.somebody": {"en": "We answer as soon as somebody is there.", "zh": "有人在线时会尽快回复您。"},
    "push.lines": {"en": "{name} ({count})", "zh": "{name}（{count}）"},
    "push.chat": {"en": "New chat: {name}", "zh": "新会话：{name}"},
    "push.waiting": {"en": "Waiting: {name}", "zh": "等待接待：{name}"},
    "push.left": {"en": "Message left: {name}", "zh": "新留言：{name}"},
    "push.image": {"en": "Sent a picture", "zh": "发送了一张图片"},
    "push.file": {"en": "Sent a file", "zh": "发送了一个文件"},
    "push.test": {"en": "Deskwire", "zh": "Deskwire"},
    "push.test_words": {"en": "Pushes reach this device.", "zh": "这台设备可以收到通知。"},
    "push.desk": {"en": "Support", "zh": "客服"},
}


def language_of(locale: str | None) -> str:
    """The language in which somebody with this locale (zh-CN, de ...) is written to."""
    spoken = (locale or "").replace("_", "-").split("-")[0].lower()
    return spoken if spoken in LANGUAGES else USUAL


def say(key: str, language: str, **values: object) -> str:
    return filled(WORDS[key][language], **values)


def filled(text: str, **values: object) -> str:
    """The text with {name} replaced by each value; other braces stay as somebody wrote them."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
