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
    # Mails.
    "left_out.subject": {"en": "{desk} has not got all of your mail", "zh": "{desk} 未能收到您邮件的全部内容"},
    "left_out.intro": {
        "en": "We have your mail, but not these parts of it: they were too large, or of a kind that is not taken. "
        "You can send them in the conversation.",
        "zh": "我们已收到您的邮件，但以下部分过大或不被接受。您可以在对话中重新发送。",
    },
    "mail.another": {"en": "Somebody else answered for {name}", "zh": "他人代 {name} 回复了邮件"},
    "mail.another_body": {
        "en": "A mail of {address} stands in the chat. It is not the customer's address.",
        "zh": "对话中有一封来自 {address} 的邮件。这不是客户本人的邮箱。",
    },
    "mail.bounced": {"en": "Mail to {name} came back", "zh": "发给 {name} 的邮件被退回"},
    "mail.bounced_body": {
        "en": "Nobody can be reached at {address}. Ask for another address in the chat.",
        "zh": "{address} 无法收到邮件。请在对话中询问其他邮箱。",
    },
    "mail.hello": {"en": "Hello,", "zh": "您好："},
    "mail.answer_by_mail": {
        "en": "You can simply answer this mail: what you write goes to the same conversation.",
        "zh": "您可以直接回复此邮件，您的回复会进入同一对话。",
    },
    "mail.no_answer": {"en": "Answers to this mail are not read.", "zh": "请勿直接回复此邮件，回复不会被阅读。"},
    "mail.sent_by": {"en": "Sent by {desk}.", "zh": "由 {desk} 发送。"},
    "mail.stop": {"en": "No more mails of this kind", "zh": "不再接收此类邮件"},
    "mail.picture": {"en": "[picture: {name}]", "zh": "[图片：{name}]"},
    "mail.file": {"en": "[file: {name}]", "zh": "[文件：{name}]"},
    "mail.you_wrote": {"en": "You wrote:", "zh": "您之前写道："},
    "mail.more_lines": {
        "en": "There is more in the conversation than fits in here.",
        "zh": "对话中还有更多内容，此处未全部列出。",
    },
    "mail.open_chat": {"en": "Open the conversation", "zh": "打开对话"},
    "mail.link_is_private": {
        "en": "The link opens your conversation without a password: do not pass it on.",
        "zh": "此链接无需密码即可打开您的对话，请勿转发。",
    },
    "mail.confirm": {"en": "Yes, this is my address", "zh": "是的，这是我的邮箱"},
    "mail.confirm_why": {
        "en": "This address was given to us in a chat. If that was you, please confirm it. If it was not, "
        "ignore this mail: nothing else will come of it.",
        "zh": "有人在聊天中向我们提供了此邮箱。如果是您本人，请确认。如果不是，请忽略此邮件，不会有任何后续影响。",
    },
    "answer.subject": {"en": "{desk} has answered you", "zh": "{desk} 已回复您"},
    "answer.intro": {"en": "We have answered the message that you left:", "zh": "我们已回复您的留言："},
    "unread_lines.subject": {"en": "You have not read this yet: {desk}", "zh": "您有未读消息：{desk}"},
    "unread_lines.intro": {
        "en": "You were gone before you could read this:",
        "zh": "您离开后，我们有以下消息尚未被您阅读：",
    },
    "message_left.subject": {"en": "A message was left at {desk}", "zh": "{desk} 收到一条留言"},
    "message_left.intro": {
        "en": "{name} left a message on {at}, and nobody was there to answer.",
        "zh": "{name} 于 {at} 留言，当时没有客服在线。",
    },
    "message_left.topic": {"en": "Topic: {topic}", "zh": "主题：{topic}"},
    "message_left.department": {"en": "Department: {department}", "zh": "部门：{department}"},
    "message_left.button": {"en": "Open the desk", "zh": "打开工作台"},
    "invitation.subject": {"en": "You are invited to {desk}", "zh": "邀请您加入 {desk}"},
    "invitation.intro": {
        "en": "{by} invites you to work at {desk} as {role}. The link below is good until {until}, and "
        "counts once: with it you choose your own user name and password.",
        "zh": (
            "{by} 邀请您以{role}身份加入 {desk}。以下链接在 {until} 之前有效"
            "，仅可使用一次：您可用它设置自己的用户名和密码。"
        ),
    },
    "invitation.button": {"en": "Make my account", "zh": "创建我的账号"},
    "role.agent": {"en": "an agent", "zh": "客服"},
    "role.admin": {"en": "an admin", "zh": "管理员"},
    "webhook_disabled.subject": {"en": "A webhook of {desk} was disabled", "zh": "{desk} 的一个 Webhook 已停用"},
    "webhook_disabled.intro": {
        "en": "The endpoint below has failed for too long, or said that it is gone. Nothing is sent there "
        "any more until an admin enables it again.",
        "zh": "以下地址长期失败或已声明不再可用。在管理员重新启用之前，不会再向其发送任何内容。",
    },
    "webhook_disabled.button": {"en": "Look at the webhooks", "zh": "查看 Webhook"},
    "test.subject": {"en": "{desk} can send mail", "zh": "{desk} 可以发送邮件"},
    "test.intro": {
        "en": "This is the test mail that you asked for on {at}. It took the way that every mail takes.",
        "zh": "这是您于 {at} 请求的测试邮件，它与所有其他邮件走相同的发送途径。",
    },
    "stop.title": {"en": "Mails from {desk}", "zh": "来自 {desk} 的邮件"},
    "stop.ask": {"en": "Stop mails of this kind to {address}?", "zh": "停止向 {address} 发送此类邮件？"},
    "stop.button": {"en": "Stop them", "zh": "停止发送"},
    "stop.done": {
        "en": "Done: mails of this kind will not be sent to {address} any more.",
        "zh": "已完成：将不再向 {address} 发送此类邮件。",
    },
    "stop.again": {"en": "Send them again", "zh": "重新接收"},
    "stop.resumed": {
        "en": "Mails of this kind will be sent to {address} again.",
        "zh": "将重新向 {address} 发送此类邮件。",
    },
    "stop.kind.answers": {"en": "answers to messages that you left", "zh": "对您留言的回复"},
    "stop.kind.transcript": {"en": "transcripts of your conversations", "zh": "您的对话记录"},
    "stop.kind.unread": {"en": "lines that you have not read in a chat", "zh": "聊天中的未读消息"},
    "confirm.title": {"en": "Your address", "zh": "您的邮箱"},
    "confirm.ask": {"en": "Is {address} your address?", "zh": "{address} 是您的邮箱吗？"},
    "confirm.done": {"en": "Thank you: {address} is confirmed.", "zh": "谢谢：{address} 已确认。"},
    "link.over": {"en": "This link is not valid any more.", "zh": "此链接已失效。"},
    # Transcripts, and links that were asked for.
    "transcript.subject": {"en": "Your conversation with {desk}", "zh": "您与 {desk} 的对话记录"},
    "transcript.intro": {
        "en": "Here is what was said in the conversation of {day}.",
        "zh": "以下是 {day} 的对话内容。",
    },
    "transcript.to_confirm": {
        "en": (
            "We were asked to send a conversation with us to this address. Please confirm that it is yours, within "
            "a day: then the conversation opens."
        ),
        "zh": "有人请求将与我们的对话记录发送到此邮箱。请在一天内确认这是您的邮箱，之后即可打开对话记录。",
    },
    "transcript.not_you": {
        "en": "If you did not talk with us, ignore this mail: nothing else will come of it.",
        "zh": "如果您没有与我们交谈过，请忽略此邮件，不会有任何后续影响。",
    },
    "transcript.gap": {"en": "{count} lines are left out here", "zh": "此处省略 {count} 条"},
    "transcript.shortened": {
        "en": "The conversation is too long for a mail: its first and its last lines stand here, all of it behind the link.",
        "zh": "对话过长，邮件中仅包含开头和结尾部分，完整内容请通过链接查看。",
    },
    "transcript.open": {"en": "Read it in the browser", "zh": "在浏览器中查看"},
    "transcript.private": {
        "en": "The links show the conversation without a password, for as long as we keep it: do not pass them on.",
        "zh": "在我们保留此对话期间，这些链接无需密码即可查看，请勿转发。",
    },
    "transcript.title": {"en": "Conversation with {desk}", "zh": "与 {desk} 的对话"},
    "transcript.zone": {"en": "Times are those of {zone}.", "zh": "时间以 {zone} 为准。"},
    "transcript.between": {"en": "Between {names}", "zh": "参与者：{names}"},
    "transcript.topic": {"en": "Topic: {topic}", "zh": "主题：{topic}"},
    "transcript.more": {"en": "Only the last {count} lines stand here.", "zh": "此处仅显示最后 {count} 条。"},
    "transcript.opened": {"en": "{name} joined the conversation", "zh": "{name} 加入了对话"},
    "transcript.requeued": {"en": "Back in the queue", "zh": "重新排队"},
    "transcript.transferred": {"en": "Handed over to {name}", "zh": "已转接给 {name}"},
    "transcript.mail_from_another": {"en": "A mail of {address}", "zh": "来自 {address} 的邮件"},
    "transcript.mail_left_out": {"en": "Left out of the mail: {files}", "zh": "邮件中未收入的内容：{files}"},
    "transcript.mail_bounced": {"en": "A mail to {address} came back", "zh": "发往 {address} 的邮件被退回"},
    "transcript.left_as_message": {"en": "Kept as a left message", "zh": "已保留为留言"},
    "transcript.ended": {"en": "The conversation has ended", "zh": "对话已结束"},
    "transcript.ended.by": {"en": "{name} ended the conversation", "zh": "{name} 结束了对话"},
    "transcript.ended.timeout": {
        "en": "The conversation ended because it had gone quiet",
        "zh": "对话因长时间没有消息而结束",
    },
    "reset_password.subject": {"en": "A new password for {desk}", "zh": "重置 {desk} 的密码"},
    "reset_password.intro": {
        "en": (
            "Somebody asked for a new password for the account {username}. The link below is good for 30 minutes, and "
            "counts once. If it was not you, ignore this mail: your password stays as it is."
        ),
        "zh": (
            "有人请求为账号 {username} 重置密码。以下链接 30 分钟内有效，仅可使用一次。"
            "如果不是您本人，请忽略此邮件，您的密码不会改变。"
        ),
    },
    "reset_password.button": {"en": "Choose a new password", "zh": "设置新密码"},
    "new_link.subject": {"en": "Your new link to {desk}", "zh": "您与 {desk} 对话的新链接"},
    "new_link.intro": {
        "en": "Your last link had run out. This one leads back into the same conversation, for a week.",
        "zh": "您之前的链接已过期。此链接可在一周内回到同一对话。",
    },
    "new_link.button": {"en": "Open the conversation", "zh": "打开对话"},
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
