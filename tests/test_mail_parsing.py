"""What mails of the world say: the answer without its quote, in every charset and language, and the files, however broken."""
# ruff: noqa: RUF001  people write in all these letters

from __future__ import annotations

from pathlib import Path

import pytest

from server.mail.mail_worker import MailWorker, Unreadable
from server.mail.parsing import parse
from server.mail.quotes import own_words
from tests.support.mails import PNG, answer, bounce, mail, multipart, part, text, winmail

ANN, DESK = "Ann Lee <ann@example.org>", "reply+abc@example.com"

GMAIL = mail(
    multipart(
        "alternative",
        [
            text(
                "Yes, tomorrow is fine.\r\n\r\nOn Fri, Nov 27, 2026 at 9:00 AM Gus from Our Shop <reply+abc@example.com>\r\n"
                "wrote:\r\n\r\n> Shall we send it tomorrow?\r\n>\r\n> Gus\r\n"
            ),
            part(
                "text/html; charset=utf-8",
                b'<div dir="ltr">Yes, tomorrow is fine.</div><div class="gmail_quote">On Fri... wrote:<blockquote>Shall we'
                b" send it tomorrow?</blockquote></div>",
            ),
        ],
    ),
    ANN, DESK, "Subject: Re: Your message", "In-Reply-To: <delivery.1@example.com>",
    "References: <chat.1@example.com>\r\n <delivery.1@example.com>",
)  # fmt: skip
OUTLOOK = mail(
    part(
        "text/html; charset=iso-8859-1",
        '<html><body><p class="MsoNormal">It’s 30 € too much – see <a href="https://shop.example/o/1">my order</a>.</p>'
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Our Shop &lt;reply+abc@example.com&gt;<br>'
        "<b>Sent:</b> Friday, November 27, 2026 9:00 AM<br><b>To:</b> Ann Lee<br><b>Subject:</b> Your order</p></div>"
        "<p>What is wrong?</p></body></html>".encode("cp1252", "replace"),
    ),
    ANN, DESK, "Subject: RE: Your order",
)  # fmt: skip
QQ = mail(
    multipart(
        "alternative",
        [
            text(
                "好的，请发货。𠮷是我的名字，镕\r\n\r\n\r\n------------------&nbsp;原始邮件&nbsp;------------------\r\n".replace(
                    "&nbsp;", "\u00a0"
                )
                + '发件人: "小店客服" <reply+abc@example.com>;\r\n发送时间: 2026年11月27日(星期五) 上午9:00\r\n'
                '收件人: "安"<ann@example.org>;\r\n'
                "主题: 您的订单\r\n\r\n现在发货吗？\r\n",
                "gb18030",
            ).replace(b"charset=gb18030", b'charset="gb2312"')
        ],
    ),
    "=?gb18030?B?sLK5pbPM?= <ann@example.org>", DESK, "Subject: =?gb18030?B?u9i4tDog?=",
)  # fmt: skip
NETEASE = mail(
    text(
        "收到了，谢谢！\n\n\n\n在 2026-11-27 09:00:00，\"小店\" <r@example.com> 写道：\n\n>现在发货吗？\n>小店\n", "gbk"
    ),
    ANN, DESK,
)  # fmt: skip
APPLE = mail(
    multipart(
        "mixed",
        [
            text("Look at this:\n"),
            part("image/png", PNG, 'Content-Disposition: inline; filename="IMG_1.png"'),
            text("\nIt is broken.\n\nSent from my iPhone\n\n> On Nov 27, 2026, Our Shop <r@example.com> wrote:\n> \n> Why?\n"),
        ],
    ),
    ANN, DESK,
)  # fmt: skip
JIS = "承知しました。1番でお願いします。\n\n2026年11月27日(金) 9:00 サポート <reply+abc@example.com>:\n\n> どちらにしますか\n"
JAPANESE = mail(
    part(
        "text/plain; charset=ISO-2022-JP",
        JIS.encode("iso-2022-jp").replace(b"1\x1b$B", b"\x1b$B-!", 1),  # Windows' circled one, which the standard lacks
    ),
    "=?ISO-2022-JP?B?GyRCMEJALxsoQg==?= <ann@example.org>", DESK,
)  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (GMAIL, "Yes, tomorrow is fine."),
        (OUTLOOK, "It’s 30 € too much – see my order (https://shop.example/o/1)."),
        (QQ, "好的，请发货。𠮷是我的名字，镕"),
        (NETEASE, "收到了，谢谢！"),
        (APPLE, "Look at this:\n\nIt is broken."),
        (JAPANESE, "承知しました。①番でお願いします。"),
    ],
    ids=["gmail", "outlook", "qq", "163", "apple", "japanese"],
)
def test_the_answer_is_what_its_sender_wrote(raw: bytes, said: str) -> None:
    parsed = parse(raw)
    assert (parsed.text, parsed.sender, parsed.automatic, parsed.bounce) == (said, "ann@example.org", None, None)
    assert DESK in parsed.recipients


def test_what_a_mail_answers_and_who_wrote_it() -> None:
    parsed = parse(GMAIL)
    assert parsed.references == ("<delivery.1@example.com>", "<chat.1@example.com>")
    assert (parsed.sender_name, parse(JAPANESE).sender_name) == ("Ann Lee", "安政")


@pytest.mark.parametrize(
    "begins",
    [
        "On Fri, Nov 27, 2026 at 9:00 AM Shop <a@b.co> wrote:",
        "Am 27.11.2026 um 09:00 schrieb Shop <a@b.co>:",
        "Le ven. 27 nov. 2026 à 09:00, Shop <a@b.co> a écrit :",
        "El vie, 27 nov 2026 a las 9:00, Shop (<a@b.co>) escribió:",
        "Il giorno ven 27 nov 2026 alle ore 09:00 Shop <a@b.co> ha scritto:",
        "Op vr 27 nov 2026 om 09:00 schreef Shop <a@b.co>:",
        "пт, 27 нояб. 2026 г. в 09:00, Shop <a@b.co>:",
        "2026년 11월 27일 (금) 오전 9:00, Shop <a@b.co>님이 작성:",
        "2026年11月27日(金) 9:00 Shop <a@b.co>:",
        "Shop <a@b.co> 于2026年11月27日周五 09:00写道：",
        '在 2026-11-27 09:00:00，"Shop" <a@b.co> 写道：',
        "於 2026年11月27日 週五 上午9:00寫道：",
    ],
)
def test_quotes_begin_in_every_language(begins: str) -> None:
    assert own_words(f"Yes\n\n{begins}\n\n> Shall we?\n> Gus\n") == "Yes"


def test_answers_between_quotes_survive() -> None:
    said = "Hello!\n\nOn Fri, Al <a@b.co> wrote:\n> Dear Ann,\n> the first?\n\nyes, the first\n\n> the second?\n\nno\n\n-- \nAn"
    assert own_words(said) == "Hello!\n\n> Dear Ann,\n> the first?\nyes, the first\n\n> the second?\nno"
    assert own_words("- one\n- two\n\nFrom: what I know\nit is fine") == "- one\n- two\n\nFrom: what I know\nit is fine"
    assert own_words("> all of it\n> is quoted") == "> all of it\n> is quoted", "nothing is lost"


def test_charsets_that_are_unknown_or_lied_about() -> None:
    for claimed, raw, said in (
        ("x-nobody-knows", "Grüße".encode(), "Grüße"),
        ("us-ascii", "Grüße".encode(), "Grüße"),
        ("utf-8", "很高兴认识你，请尽快发货，谢谢你们的帮助".encode("gbk"), "很高兴认识你，请尽快发货，谢谢你们的帮助"),
        ("gb2312", "镕".encode("gb18030"), "镕"),
        ("\0utf-8", b"a\0b\x07c", "abc"),
    ):
        content = part(f"text/plain; charset={claimed}", raw)
        assert parse(mail(content, ANN, DESK)).text == said, claimed
    bare = "From: 安 <ann@example.org>\r\nSubject: 你好\r\n\r\n".encode(
        "gbk"
    ) + "很高兴认识你，请尽快发货，谢谢".encode("gbk")
    assert parse(bare).text == "很高兴认识你，请尽快发货，谢谢"


def test_files_have_their_names_and_a_signature_picture_is_known_as_one() -> None:
    long_name = "Content-Disposition: attachment; filename*0*=utf-8''%E8%AE%A2; filename*1*=%E5%8D%95.pdf"
    encoded = 'Content-Disposition: attachment; filename="=?gb2312?B?tqm1pS5wZGY=?="'
    picture = ("image/png", PNG, "Content-ID: <logo>", 'Content-Disposition: inline; filename="logo.png"')
    inner = b"Content-Type: message/rfc822\r\n\r\n" + answer("inside", ANN, DESK)
    files = [
        part("application/pdf", b"%PDF-1", long_name), part("application/pdf", b"%PDF-2", encoded),
        part("application/pdf", b"%PDF-3"), part(*picture), inner,
        part("application/ms-tnef", winmail("plan.txt", b"the plan", "Words of Outlook"), "Content-Disposition: attachment"),
    ]  # fmt: skip
    parsed = parse(mail(multipart("mixed", [text("Here"), *files]), ANN, DESK))
    assert [(file.name, file.is_inline) for file in parsed.files] == [
        ("订单.pdf", False), ("订单.pdf", False), ("file.pdf", False), ("logo.png", True), ("mail.eml", False),
        ("plan.txt", False),
    ]  # fmt: skip
    assert parsed.files[-1].content == b"the plan"
    assert parsed.text == "Here"
    only = parse(mail(part("application/ms-tnef", winmail("a.txt", b"a", "Words of Outlook")), ANN, DESK))
    assert only.text == "Words of Outlook"
    broken = parse(mail(part("application/ms-tnef", winmail("a.txt", b"a", "x")[:30]), ANN, DESK))
    assert len(broken.files) == 1, "what cannot be unpacked is a file"


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        (["Auto-Submitted: auto-replied"], ANN),
        (["Precedence: bulk"], ANN),
        (["List-Id: <news.example.org>"], ANN),
        (["Return-Path: <>"], ANN),
        (["Subject: =?utf-8?B?6Ieq5Yqo5Zue5aSNOiDlpb3nmoQ=?="], ANN),
        ([], "MAILER-DAEMON@example.org"),
    ],
)
def test_what_no_person_wrote(headers: list[str], sender: str) -> None:
    assert parse(mail(text("I am away"), sender, DESK, *headers)).automatic
    assert (
        parse(mail(text("I am here"), ANN, DESK, "Auto-Submitted: no", "Subject: Re: Automatic reply: x")).automatic
        is None
    )


def test_bounces_say_which_mail_and_why() -> None:
    found = parse(bounce("<delivery.9@example.com>", "ann@example.org")).bounce
    assert found
    assert (found.is_final, found.status, found.address) == (True, "5.1.1", "ann@example.org")
    assert found.message_ids == ("<delivery.9@example.com>",)
    assert "nobody of this name" in found.why
    delayed = parse(bounce("<delivery.9@example.com>", "ann@example.org", action="delayed", status="4.4.1")).bounce
    assert delayed
    assert not delayed.is_final
    plain = mail(
        text("很抱歉，您的邮件 <delivery.9@example.com> 无法投递: 550 5.7.1 refused"), "postmaster@qq.example", DESK,
        "Return-Path: <>", "Subject: =?utf-8?B?57O757uf6YCA5L+h?=",
    )  # fmt: skip
    found = parse(plain).bounce
    assert found
    assert (found.status, found.message_ids) == ("5.7.1", ("<delivery.9@example.com>",))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\0\0",
        b"no header at all",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\nnever begun",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"From: <>\r\nContent-Type: text/plain; charset*=x'y\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b"From: =?utf-8?b?!!!?= <a@b>\r\nTo: ;;,,<>@\r\nContent-Disposition: attachment; filename*=x''%ff\r\n\r\nhi",
        b"Content-Type: message/rfc822\r\n\r\n",
    ],
)
def test_broken_mails_are_read_as_far_as_they_go(raw: bytes) -> None:
    parsed = parse(raw)
    assert parsed.automatic is None or parsed.text is not None


@pytest.mark.slow
async def test_a_process_of_its_own_reads_them_and_may_not_take_for_ever(tmp_path: Path) -> None:
    large = multipart("mixed", [text("See the film"), part("video/mp4", b"\1\2" * (15 << 20))])
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(3000))
    (tmp_path / "mail").write_bytes(mail(large, ANN, DESK))  # more than 40 MB as it is sent
    (tmp_path / "deep").write_bytes(deep)
    assert (tmp_path / "mail").stat().st_size > 40_000_000
    worker, hasty = MailWorker(), MailWorker(seconds=0.01)
    try:
        with pytest.raises(Unreadable, match="RecursionError"):
            await worker.read(tmp_path / "deep")
        read = await worker.read(tmp_path / "mail")
        assert (read.text, [(file.name, file.size) for file in read.files]) == (
            "See the film",
            [("file.mp4", 30 << 20)],
        )
        assert Path(read.files[0].path).stat().st_size == read.files[0].size
        beginning = await worker.read(tmp_path / "mail", is_beginning=True)
        assert (beginning.files, beginning.too_many) == ([], ["file.mp4", "more than 64 MB"])
        with pytest.raises(Unreadable, match="longer than"):
            await hasty.read(tmp_path / "mail")
    finally:
        await worker.stop()
        await hasty.stop()
