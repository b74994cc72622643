"""Whatever is sent is answered: the dispatcher against nonsense, in every namespace."""

import json
from typing import Any

from server.schemas.catalogue import CATALOGUE
from tests.support.desk import Scene
from tests.support.nonsense import UNREADABLE, as_json, sample, spoiled
from tests.support.wire import MISSING, enter, error_of, frames_of, in_every_namespace

# Names


@in_every_namespace
async def test_what_is_no_command_is_an_unknown_event(desk: Scene, namespace: str) -> None:
    client = await enter(desk, namespace)
    names: list[Any] = [
        "nonsense",
        "",
        "*",
        "connect",
        "disconnect",
        "on_connect",
        "__init__",
        "message",
        "welcome",
        " typing",
    ]
    names += ["Send_Message", "send_message\0", "x" * 30_000, "😀", None, 5, -1, 1.5, True, [], ["typing"], {"$gt": ""}]
    for name in names:
        error_of(await client.ask(name), "unknown_event")
        error_of(await client.ask(name, {"chat_id": "x"}), "unknown_event")
        error_of(await client.ask(name, {}, 2, None), "unknown_event")


@in_every_namespace
async def test_an_event_without_a_name_is_invalid(desk: Scene, namespace: str) -> None:
    client = await enter(desk, namespace)
    for event in ("", "[]", "{}", '{"0": "typing"}', '"typing"', "null", "true", "1.5"):
        error_of(await client.ask_raw(event if event[:1] not in "1" else f" {event}"), "invalid")


async def test_admins_may_say_nothing_in_a_chat(desk: Scene) -> None:
    eve = await enter(desk, "/admin")
    elsewhere = {row.name for row in CATALOGUE.commands} - {row.name for row in CATALOGUE.of("/admin")}
    assert {"send_message", "typing", "rate_chat", "mark_read"} <= elsewhere
    for name in elsewhere:
        error_of(await eve.ask(name, {"chat_id": MISSING}), "read_only")


# Payloads


@in_every_namespace
async def test_a_payload_is_one_object_of_known_fields(desk: Scene, namespace: str) -> None:
    client = await enter(desk, namespace)
    for command in CATALOGUE.of(namespace):
        for payload in ("[]", "[{}]", '"x"', '""', "5", "0", "1.5", "true", "false", "{}, {}", "{}, null", "null, {}"):
            error_of(await client.ask_raw(f'["{command.name}", {payload}]'), "invalid")
        for unknown in ("surprise", "$where", "chat_id.x", "__proto__", "", "\0", "self", "who", "at"):
            error = error_of(await client.ask(command.name, {unknown: 1}), "invalid")
            assert unknown in error["fields"], (command.name, error)


@in_every_namespace
async def test_no_payload_and_null_are_the_empty_one(desk: Scene, namespace: str) -> None:
    client = await enter(desk, namespace)
    for command in CATALOGUE.of(namespace):
        answers = [await client.ask_raw(f'["{command.name}"{payload}]') for payload in ("", ", null", ", {}")]
        needed = set(sample(command.payload.schema))
        for answer in answers:
            if needed:
                assert set(error_of(answer, "invalid")["fields"]) == needed
            else:  # what tries something may be refused, but not for its payload: there is no browser, no mail server
                assert answer["ok"] or answer["error"]["code"] in {"not_found", "conflict"}, answer


@in_every_namespace
async def test_a_wrong_field_is_named(desk: Scene, namespace: str) -> None:
    client = await enter(desk, namespace)
    sent = [
        (await client.tell_raw(f'["{command.name}", {payload}]'), command.name, name, payload)
        for command in CATALOGUE.of(namespace)
        for name, payload in spoiled(command.payload.schema)
    ]
    answers = await client.acks(ack_id for ack_id, *_ in sent)
    for ack_id, command_name, name, payload in sent:
        error = error_of(answers[ack_id], "invalid")
        assert name in error["fields"], (command_name, payload[:100], error)


@in_every_namespace
async def test_a_frame_that_cannot_be_decoded_is_invalid_if_it_has_an_id(desk: Scene, namespace: str) -> None:
    client = await enter(desk, namespace)
    for unreadable in UNREADABLE:
        for event in (f'["typing", {unreadable}]', f'["typing", {{"on": {unreadable}}}]', f"[{unreadable}]"):
            error_of(await client.ask_raw(event), "invalid")
    await client.send(f'2{namespace}?token=x,777["typing", ')
    error_of(await client.ack(777), "invalid")
    assert (await client.ask("list_chats", {}))["ok"]


async def test_ids_are_given_back_as_they_came(desk: Scene) -> None:
    ann = await enter(desk, "/customer")
    for ack_id in (0, 1, 2**31, 2**53 - 1, 10**15 - 1, 10**40):
        await ann.tell("nonsense", ack_id=ack_id)
        error_of(await ann.ack(ack_id), "unknown_event")
    await ann.tell_raw("[", ack_id=10**15 - 1)
    error_of(await ann.ack(10**15 - 1), "invalid")
    await ann.tell_raw("[", ack_id=10**40)  # too long to be anybody's: not answered under another one
    await ann.closed()
    assert ann.seen[-1].startswith(f"3/customer,{10**15 - 1}[")


# Order, and other people's chats


async def test_two_hundred_messages_sent_at_once_keep_their_order(desk: Scene) -> None:
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    client = await frames_of(desk, ann)
    bodies = [f"number {number}" for number in range(200)]
    sent = [await client.tell("send_message", {"chat_id": chat_id, "client_id": body, "body": body}) for body in bodies]
    acks = [await client.ack(ack_id) for ack_id in sent]  # each behind the one before, or it would not be found
    assert [ack["data"]["message"]["body"] for ack in acks] == bodies
    seqs = [ack["data"]["message"]["seq"] for ack in acks]
    assert seqs == list(range(seqs[0], seqs[0] + 200))
    log = (await ann.ask("sync_chat", chat_id=chat_id, limit=500))["messages"]
    assert [line["body"] for line in log if line["kind"] == "text"] == bodies


async def test_a_strangers_chat_reads_as_a_missing_one(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    theirs = [await desk.chat(ann)]
    await gus.ask("end_chat", chat_id=theirs[0])
    theirs.append(await desk.chat(ann))
    await gus.ask("set_status", status="away")
    waiting = await desk.chat(await desk.customer("bob"))
    strangers = [await desk.customer("cat", connected=False), await desk.agent("hal", status=None, connected=False)]
    for stranger in strangers:
        client = await frames_of(desk, stranger)
        for command in CATALOGUE.of(stranger.namespace):
            fields = command.payload.schema.fields
            # Anybody's waiting chat may be taken; which chat a page shows is its own affair, and tells it nothing.
            if "chat_id" not in fields or command.name in {"take_chat", "set_visible"}:
                continue
            said = {"body": '"Hello"', "email": '"ann@example.com"'}
            good = sample(command.payload.schema) | {name: text for name, text in said.items() if name in fields}
            answers = []
            for chat_id in (MISSING, *theirs, waiting):
                payload = as_json(good | {"chat_id": json.dumps(chat_id)})
                ack_id = await client.tell_raw(f'["{command.name}", {payload}]')
                error_of(await client.ack(ack_id), "not_found")
                answers.append(client.seen[-1].partition("[")[2])
            assert len(set(answers)) == 1, (command.name, answers)
