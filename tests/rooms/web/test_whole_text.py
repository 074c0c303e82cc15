"""The one character that no database keeps is refused at the door."""

import json

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/api/deals/board?owner=%00", "/items/?search=a%00b"])
def test_an_address_with_a_null_character_is_refused(address, client, vera):
    client.force_login(vera)

    assert client.get(address).status_code == 422


def test_a_body_with_a_null_character_is_refused(client, vera):
    client.force_login(vera)
    body = json.dumps({"name": "a\0b"})

    assert client.post("/api/accounts", body, content_type="application/json").status_code == 422
