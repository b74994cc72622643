"""The Message-IDs of the desk's mails. All mails of a chat name one root, so that they stand in one thread."""


def message_id(domain: str, delivery_id: str) -> str:
    """Of the mail of a delivery: the same at every attempt."""
    return f"<delivery.{delivery_id}@{domain}>"


def thread_of_chat(domain: str, chat_id: str) -> str:
    """What the mails of a chat refer to; no mail has this id itself."""
    return f"<chat.{chat_id}@{domain}>"


def delivery_of(domain: str, given: str) -> str | None:
    """The delivery whose mail has this Message-ID, if that has our form."""
    return _part(domain, given, "delivery")


def chat_of(domain: str, given: str) -> str | None:
    """The chat whose thread this is, if the id has our form. It is not signed: who answers has to be the chat's customer."""
    return _part(domain, given, "chat")


def _part(domain: str, given: str, kind: str) -> str | None:
    local, _, at = given.strip().strip("<>").rpartition("@")
    found, _, part = local.partition(".")
    return part if found == kind and part and at.lower() == domain.lower() else None
