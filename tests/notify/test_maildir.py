import asyncio
import mailbox
import stat
from email.message import EmailMessage
from email.policy import default

import pytest

from durchwahl.errors import Unavailable
from durchwahl.notify import outgoing
from durchwahl.notify.letters import compose
from durchwahl.notify.outgoing import Maildir
from tests.notify.samples import SENDER, letter


def new_files(path):
    return sorted((path / "new").iterdir())


async def test_a_mail_lies_in_new_and_nothing_is_left_in_tmp(tmp_path):
    message = compose(letter(), SENDER)
    await Maildir(tmp_path / "mail").send(message)
    (file,) = new_files(tmp_path / "mail")
    assert file.read_bytes() == message.as_bytes()
    assert list((tmp_path / "mail" / "tmp").iterdir()) == []


async def test_a_mail_program_reads_it(tmp_path):
    await Maildir(tmp_path / "mail").send(compose(letter(), SENDER))
    box = mailbox.Maildir(tmp_path / "mail", factory=None, create=False)
    (read,) = box.values()
    assert read["To"] == "erika@example.org"
    box.close()


async def test_a_repeated_mail_takes_the_place_of_the_first(tmp_path):
    for _ in range(3):
        await Maildir(tmp_path / "mail").send(compose(letter(), SENDER))
    assert len(new_files(tmp_path / "mail")) == 1


async def test_many_at_once_leave_each_mail_once(tmp_path):
    box = Maildir(tmp_path / "mail")
    letters = [compose(letter(version=n % 5), SENDER) for n in range(50)]
    await asyncio.gather(*(box.send(message) for message in letters))
    assert len(new_files(tmp_path / "mail")) == 5
    assert list((tmp_path / "mail" / "tmp").iterdir()) == []


async def test_a_mail_that_was_read_does_not_come_again(tmp_path):
    box = Maildir(tmp_path / "mail")
    await box.send(compose(letter(), SENDER))
    (file,) = new_files(tmp_path / "mail")
    file.rename(tmp_path / "mail" / "cur" / f"{file.name}:2,S")
    await box.send(compose(letter(), SENDER))
    assert new_files(tmp_path / "mail") == []


async def test_folders_and_files_are_for_their_owner_alone(tmp_path):
    await Maildir(tmp_path / "mail").send(compose(letter(), SENDER))
    folders = [tmp_path / "mail", *(tmp_path / "mail" / part for part in ("tmp", "new", "cur"))]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    assert {stat.S_IMODE(file.stat().st_mode) for file in new_files(tmp_path / "mail")} == {0o600}


async def test_a_file_name_says_nothing_of_the_mail(tmp_path):
    message = compose(letter(), SENDER)
    await Maildir(tmp_path / "mail").send(message)
    (file,) = new_files(tmp_path / "mail")
    assert file.stem.isalnum()
    words = ("erika", "melde", "termin", "confirmation", letter().booking_id.lower())
    assert [word for word in words if word in file.name.lower()] == []


async def test_a_disk_that_fails_is_unavailable_and_leaves_no_half_mail(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outgoing.os, "fsync", full)
    with pytest.raises(Unavailable) as caught:
        await Maildir(tmp_path / "mail").send(compose(letter(), SENDER))
    assert "No space left" in caught.value.detail
    assert [path for path in (tmp_path / "mail").rglob("*") if path.is_file()] == []


async def test_a_place_that_is_no_folder_is_unavailable(tmp_path):
    (tmp_path / "mail").write_text("")
    with pytest.raises(Unavailable):
        await Maildir(tmp_path / "mail").send(compose(letter(), SENDER))


async def test_a_mail_without_an_id_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Message-ID"):
        await Maildir(tmp_path / "mail").send(EmailMessage(policy=default))


def test_the_folder_of_new_mails_is_there_before_the_first_one(tmp_path):
    Maildir(tmp_path / "data" / "mail")
    assert sorted(path.name for path in (tmp_path / "data" / "mail").iterdir()) == ["cur", "new", "tmp"]
    assert (tmp_path / "data" / "mail" / "new").stat().st_mode & 0o777 == 0o700


async def test_a_folder_that_cannot_be_made_is_said_when_a_mail_is_sent(tmp_path):
    (tmp_path / "mail").write_text("a file stands in the way", encoding="utf-8")
    maildir = Maildir(tmp_path / "mail")
    with pytest.raises(Unavailable):
        await maildir.send(compose(letter(), SENDER))
