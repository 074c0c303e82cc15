"""Imports through the browser and over JSON: from files to rows, and back."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from einklang.catalog.models import Item
from einklang.transfer import uploads
from einklang.transfer.models import ImportRun
from tests.rooms.transfer.conftest import ITEMS

GOOD = ITEMS.replace("small-pumps", "")


@pytest.fixture(autouse=True)
def _data(settings, tmp_path):
    settings.DATA = tmp_path / "data"


@pytest.fixture
def at_once(django_capture_on_commit_callbacks):
    """Work the jobs that a request queued."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def upload(text: str, name: str = "catalog.items.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), "text/csv")


def start(client, at_once, *files, **more) -> ImportRun:
    with at_once():
        response = client.post(reverse("new-import"), {"chosen": list(files), **more})
    assert response.status_code == 302, response.text
    return ImportRun.objects.latest("pk")


def test_files_are_checked_shown_taken_in_and_undone(client, adam, at_once):
    client.force_login(adam)
    run = start(client, at_once, upload(GOOD))
    page = client.get(reverse("import", args=[run.pk])).text
    assert "Take in 2 rows" in page
    assert not Item.objects.exists()

    with at_once():
        client.post(reverse("import-take-in", args=[run.pk]))
    assert Item.objects.count() == 2
    assert not Path(run.folder).exists()
    assert "Undo this import" in client.get(reverse("import", args=[run.pk])).text

    assert "2 rows that this import added" in client.get(reverse("import-undo", args=[run.pk])).text
    with at_once():
        client.post(reverse("import-undo", args=[run.pk]))
    assert not Item.objects.exists()


def test_rejected_rows_are_grouped_listed_and_given_as_a_file(client, adam, at_once):
    client.force_login(adam)
    run = start(client, at_once, upload(GOOD + "X-1,=1+1,,grow\nX-2,Name,,grow\n"))

    assert "What to mend" in client.get(reverse("import", args=[run.pk])).text
    assert "grow" in client.get(reverse("import-rejected", args=[run.pk])).text
    text = client.get(reverse("import-rejected-file", args=[run.pk])).text
    assert "one of make, buy" in text
    assert "'=1+1" in text


def test_what_the_files_do_not_tell_is_asked(client, adam, at_once):
    client.force_login(adam)
    prices = 'item,currency,amount,valid_from\nV-1,EUR,"1,450",2014-01-01\n'
    run = start(client, at_once, upload(GOOD), upload(prices, "catalog.prices.csv"))
    assert "Which is the decimal sign?" in client.get(reverse("import", args=[run.pk])).text

    with at_once():
        client.post(reverse("import-answer", args=[run.pk]), {"decimal": ","})
    run.refresh_from_db()
    assert (run.state, run.to_write) == ("checked", 3)


def test_files_that_cannot_be_read_say_why(client, adam, at_once):
    client.force_login(adam)
    run = start(client, at_once, upload("code,name\nP-1\n"))
    assert "1 cells" in client.get(reverse("import", args=[run.pk])).text


@pytest.mark.parametrize("name", ["virus.exe", ".htaccess.csv", "page.html"])
def test_files_that_are_no_tables_are_refused(client, adam, name):
    client.force_login(adam)
    response = client.post(reverse("new-import"), {"chosen": [upload(GOOD, name)]})
    assert response.status_code == 422
    assert not uploads.root().exists() or not list(uploads.root().iterdir())


def test_a_folder_of_the_server_is_for_administrators(client, adam, sina, tmp_path):
    (tmp_path / "catalog.items.csv").write_text(GOOD)
    client.force_login(sina)
    assert client.post(reverse("new-import"), {"folder": str(tmp_path)}).status_code == 422
    client.force_login(adam)
    assert client.post(reverse("new-import"), {"folder": str(tmp_path)}).status_code == 302


def test_the_mapping_is_shown_in_words(client, adam, at_once):
    client.force_login(adam)
    run = start(client, at_once, upload(GOOD), recipe="einklang")
    page = client.get(reverse("import", args=[run.pk])).text
    assert "A row is known by code." in page
    assert "a text of up to 60 characters" in page


def test_a_rep_sees_no_imports(client, rolf, adam, at_once):
    client.force_login(adam)
    run = start(client, at_once, upload(GOOD))
    client.force_login(rolf)
    assert client.get(reverse("imports")).status_code == 403
    assert client.get(reverse("import", args=[run.pk])).status_code in (403, 404)
    assert client.post(reverse("import-take-in", args=[run.pk])).status_code in (403, 404)
    assert client.get("/api/imports").status_code == 403
    assert not Item.objects.exists()


def test_a_manager_sees_only_own_imports(client, mara, adam, at_once):
    client.force_login(adam)
    run = start(client, at_once, upload(GOOD))
    client.force_login(mara)
    assert client.get(reverse("import", args=[run.pk])).status_code == 404
    assert client.get("/api/imports").json()["items"] == []


def test_json_sends_files_reads_what_was_found_takes_in_and_undoes(client, adam, at_once):
    client.force_login(adam)
    with at_once():
        sent = client.post("/api/imports", {"files": [upload(GOOD + "X-1,Name,,grow\n")]})
    assert sent.status_code == 202, sent.text
    number = sent.json()["id"]

    found = client.get(f"/api/imports/{number}").json()
    assert (found["state"], sum(line["created"] for line in found["report"])) == ("checked", 2)
    row = client.get(f"/api/imports/{number}/rejected").json()["items"][0]
    assert (row["file"], row["row"], row["column"], row["got"]) == ("catalog.items.csv", 4, "kind", "grow")

    with at_once():
        client.post(f"/api/imports/{number}/take-in")
    assert Item.objects.count() == 2
    with at_once():
        client.post(f"/api/imports/{number}/undo")
    assert not Item.objects.exists()


def test_the_list_says_what_to_do_when_it_is_empty(client, adam):
    client.force_login(adam)
    assert "Nothing was imported yet" in client.get(reverse("imports")).text


def test_pages_cost_a_constant_number_of_queries(client, adam, at_once, django_assert_max_num_queries):
    client.force_login(adam)
    for _ in range(5):
        start(client, at_once, upload(GOOD))
    with django_assert_max_num_queries(8):
        client.get(reverse("imports"))
