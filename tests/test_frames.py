"""Below the commands: frames, both transports, and the door. What cannot be read ends a connection, and nothing is lost."""

import json
from typing import Any

from tests.support import shapes
from tests.support.desk import Scene
from tests.support.frames import Frames
from tests.support.wire import error_of, frames_of, gone, in_every_namespace, polling

# Frames


UNHEARD_OF: dict[str, str | bytes] = {
    "binary frame": b"x",
    "empty binary frame": b"",
    "base64 frame": "beHg=",
    "binary event": '451-/customer,1["typing",{"_placeholder":true,"num":0}]',
    "binary ack": "461-/customer,1[]",
    "empty frame": "",
    "no Engine.IO packet": "x",
    "no Socket.IO packet": "4x",
    "unknown Socket.IO packet": "47",
    "a client's CONNECT_ERROR": "44/customer,{}",
    "JSON": '4["typing"]',
    "JSON object": '4{"a":1}',
    "JSON null": "4null",
    "undecodable event without an id": '42/customer,["typing"',
    "undecodable CONNECT": '40/customer,{"token"',
    "second CONNECT": '40/customer,{"token":"again"}',
    "more than 64 KiB": "42/customer,1" + json.dumps(["typing", "x" * 70_000]),
}


async def test_a_frame_unheard_of_closes_the_connection(desk: Scene) -> None:
    eve = await desk.admin("eve")
    for what, frame in UNHEARD_OF.items():
        ann = await desk.customer(what, connected=False)
        client = await frames_of(desk, ann)
        await client.send_raw(frame)
        await client.closed()
        await gone(eve, ann)
        await frames_of(desk, ann)  # and may come again


async def test_the_longest_message_fits_whatever_it_is_made_of(desk: Scene) -> None:
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    client = await frames_of(desk, ann)
    body = "😀" * 4000  # 48,000 bytes as \ud83d\ude00
    payload = {"chat_id": chat_id, "client_id": "long", "body": body}
    assert (await client.ask("send_message", payload))["data"]["message"]["body"] == body
    error_of(await client.ask("send_message", payload | {"body": body + "😀"}), "invalid")


async def test_events_without_having_connected(desk: Scene) -> None:
    ann = await desk.customer("ann", connected=False)
    client = await Frames.open(desk.http, desk.base_url, "/customer")
    error_of(await client.ask("request_chat", {}), "unauthorized")
    assert (await client.connect({"token": ann.token})).startswith("0")
    assert (await client.ask("list_chats", {}))["data"]["count"] == 0
    error_of(await client.beside("/admin").ask("list_chats", {}), "unauthorized")
    await client.send("1/customer,")
    error_of(await client.ask("list_chats", {}), "unauthorized")
    await client.send('2["list_chats", {}]')
    assert (await client.connect({"token": ann.token})).startswith("0")


# Polling


async def test_many_packets_in_one_post_are_all_acked(desk: Scene) -> None:
    """What the official client does with what was said while it was away; the library takes 16."""
    client = await polling(desk, await desk.customer("ann", connected=False))
    assert await client.post(*(f'42/customer,{number}["list_chats",{{}}]' for number in range(200))) == 200
    assert await client.acks(until=199) == list(range(200))


async def test_a_post_in_two_segments_is_one_post(desk: Scene) -> None:
    client = await polling(desk, await desk.customer("ann", connected=False))
    status = await client.post_in_two('42/customer,1["list_chats",{}]\x1e42/customer,2["list_chats",{}]')
    assert status == "HTTP/1.1 200 OK"
    assert await client.acks(until=2) == [1, 2]


async def test_a_post_that_cannot_be_decoded_ends_the_connection(desk: Scene) -> None:
    eve = await desk.admin("eve")
    for frame in ("x", "", "b!!", "4x", "bAAAA", "42/customer,[", '42/customer,1["typing"]\x1ex', "4" + "x" * 70_000):
        ann = await desk.customer("ann", connected=False)
        client = await polling(desk, ann)
        await client.post(frame)
        await gone(eve, ann)
        assert await client.post('42/customer,1["list_chats",{}]') == 400, frame


async def test_pages_of_other_sites_may_not_connect(desk: Scene) -> None:
    address = desk.base_url + "/socket.io/?EIO=4&transport=polling"
    for origin, status in ((desk.base_url, 200), ("https://elsewhere.example", 400), ("http://[", 400), ("null", 400)):
        async with desk.http.get(address, headers={"Origin": origin}) as response:
            assert response.status == status, origin
    async with desk.http.get(address + "&j=0") as response:  # JSONP would be a way around that
        assert response.status == 400


# Connecting


@in_every_namespace
async def test_who_is_refused_at_the_door_is_told_why(desk: Scene, namespace: str) -> None:
    ann = await desk.customer("ann", connected=False)
    gone = await desk.customer("gone", connected=False)
    await desk.post("/api/auth/logout", token=gone.token)
    anybody = {"": ann, "/customer": await desk.admin("eve", connected=False)}
    wrong_role = anybody.get(namespace, ann)
    refused: list[tuple[Any, str]] = [
        (None, "unauthorized"),
        ({}, "unauthorized"),
        ([], "unauthorized"),
        ([ann.token], "unauthorized"),
        (ann.token, "unauthorized"),
        (5, "unauthorized"),
        ({"token": None}, "unauthorized"),
        ({"token": {"$gt": ""}}, "unauthorized"),
        ({"token": "garbage"}, "unauthorized"),
        ({"token": "x" * 50_000}, "unauthorized"),
        ({"token": ann.token + "x"}, "unauthorized"),
        ({"token": gone.token}, "unauthorized"),
        ({"token": wrong_role.token}, "forbidden"),
    ]
    client = await Frames.open(desk.http, desk.base_url, namespace)
    for auth, code in refused:
        check_door(client, await client.connect(auth), code)
    desk.clock.advance(days=366)
    check_door(client, await client.connect({"token": ann.token}), "unauthorized")


async def test_there_are_no_other_namespaces(desk: Scene) -> None:
    ann = await desk.customer("ann", connected=False)
    for namespace in ("/", "/nonsense", "/customer/", "/admin2"):
        client = await Frames.open(desk.http, desk.base_url, namespace)
        await client.send(f"0{namespace}," + json.dumps({"token": ann.token}))
        check_door(client, await client.next("4"), "not_found")


def check_door(client: Frames, answer: str, code: str) -> None:
    head = "4" if client.namespace == "/" else f"4{client.namespace},"
    assert answer.startswith(head), answer
    refusal = json.loads(answer.removeprefix(head))
    assert set(refusal) == {"message", "data"}, answer
    assert set(refusal["data"]) == {"code", "detail"}, answer
    shapes.check_refusal(refusal["data"])
    assert (refusal["data"]["code"], refusal["data"]["detail"]) == (code, refusal["message"]), answer


async def test_the_welcome_is_first_and_misses_nothing(desk: Scene) -> None:
    """Gus talks all the while Ann comes back, again and again."""
    gus, ann = await desk.agent("gus"), await desk.customer("ann", connected=False)
    chat_id = await desk.chat(await ann.connect())
    await ann.disconnect()
    talker = await frames_of(desk, gus)
    for visit in range(5):
        said = [
            await talker.tell("send_message", {"chat_id": chat_id, "client_id": f"{visit}-{number}", "body": "Hm."})
            for number in range(40)
        ]
        await talker.ack(said[5])
        client = await Frames.open(desk.http, desk.base_url, "/customer")
        await client.connect({"token": ann.token})
        name, welcome = event(await client.next())
        assert name == "welcome"
        held = welcome["chats"][0]["last_seq"]

        last = (await talker.ack(said[-1]))["data"]["message"]["seq"]
        rest = (await client.ask("sync_chat", {"chat_id": chat_id, "after": held}))["data"]["messages"]
        assert [line["seq"] for line in rest] == list(range(held + 1, last + 1))
        told = [body["seq"] for name, body in map(event, client.seen) if name == "message"]
        assert told == list(range(min(told, default=last + 1), last + 1))
        assert min(told, default=last + 1) <= held + 1
        await client.hang_up()


def event(packet: str) -> tuple[str, Any]:
    """Name and body of an event; ("", None) for another packet."""
    name, body = json.loads(packet[packet.index("[") :]) if packet[0] == "2" else ("", None)
    return name, body
