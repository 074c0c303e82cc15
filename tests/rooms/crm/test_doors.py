"""The pages and the API give the same answers and refuse in the same words."""

import pytest
from django.urls import reverse

from einklang.crm import actions
from einklang.crm.models import Account, Deal


@pytest.fixture
def signed_in(client, rolf):
    client.force_login(rolf)
    return client


def test_the_board_shows_the_sums_that_the_api_gives(works, deal, stage, rolf, signed_in):
    actions.add_deal(works, "A", by=rolf, amount_cents=1234_00)
    page = signed_in.get(reverse("deals"))
    first = signed_in.get("/api/deals/board").json()[0]

    assert first == {"stage": "prospect", "count": 2, "sums": [{"currency": "EUR", "amount_cents": 1234_00}]}
    assert "€1,234" in page.text


def test_a_drop_that_breaks_the_gate_asks_for_the_fields(deal, stage, decider, signed_in):
    address = reverse("move-deal", args=[deal.code])
    asked = signed_in.post(address, {"to": "present", "version": 1, "back": "/deals/"}, follow=True)
    assert list(asked.context["form"].fields) == ["amount_cents", "decision_maker", "version"]

    answer = {"to": "present", "back": "/deals/", "at_the_gate": 1, "version": 1}
    done = signed_in.post(address, answer | {"amount_cents": "1200.50", "decision_maker": decider.code})
    assert done.url == "/deals/"
    assert Deal.objects.get().amount_cents == 1200_50


def test_a_drop_by_script_is_led_to_the_gate(deal, stage, signed_in):
    address = reverse("move-deal", args=[deal.code])
    answer = signed_in.post(address, {"to": "lost", "version": 1}, headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"].startswith(f"{address}?to=lost")


def test_nobody_is_led_out_of_the_house(deal, stage, signed_in):
    address = reverse("move-deal", args=[deal.code])
    answer = signed_in.post(address, {"to": "prepare", "version": 1, "back": "https://evil.example/"})

    assert answer.url == reverse("deal", args=[deal.code])


def test_a_fact_is_edited_in_place(deal, signed_in):
    address = reverse("deal", args=[deal.code])
    assert 'name="next_step"' in signed_in.get(f"{address}?edit=next_step").text

    signed_in.post(f"{address}?edit=next_step", {"next_step": "Visit", "version": 1})
    assert Deal.objects.get().next_step == "Visit"


def test_a_conflict_shows_both_values_and_overwrites_nothing(deal, vera, signed_in):
    actions.change_deal(deal, version=1, by=vera, next_step="Theirs")
    address = f"{reverse('deal', args=[deal.code])}?edit=next_step"

    page = signed_in.post(address, {"next_step": "Mine", "version": 1})
    assert "<strong>Theirs</strong>" in page.text
    assert 'value="Mine"' in page.text
    assert Deal.objects.get().next_step == "Theirs"

    signed_in.post(address, {"next_step": "Mine", "version": 2})
    assert Deal.objects.get().next_step == "Mine"


def test_lines_are_entered_by_code_and_in_the_readers_numbers(deal, pump, rolf, signed_in):
    rolf.language = "de"
    rolf.save()
    lines = {
        "form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 0, "version": 1,
        "form-0-item": "P-20 Pump 20", "form-0-quantity": "24", "form-0-amount_cents": "10800,50",
        "form-1-item": "",
    }  # fmt: skip
    headers = {"accept-language": "de"}
    answer = signed_in.post(reverse("deal-lines", args=[deal.code]), lines, headers=headers)

    assert answer.status_code == 302
    assert Deal.objects.get().amount_cents == 10_800_50


def test_a_line_of_no_known_item_says_so(deal, signed_in):
    lines = {
        "form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 0, "version": 1,
        "form-0-item": "P-99", "form-0-quantity": "1", "form-0-amount_cents": "1",
    }  # fmt: skip
    page = signed_in.post(reverse("deal-lines", args=[deal.code]), lines)

    assert "P-99" in page.context["line_forms"][0].errors["item"][0]


def test_what_may_not_be_seen_is_not_there(elsewhere, vera, signed_in):
    hidden = actions.add_deal(elsewhere, "Dosing", by=vera)

    for address in (
        f"/deals/{hidden.code}/",
        "/accounts/K2/",
        f"/api/deals/{hidden.code}",
        "/api/accounts/K2",
    ):
        assert signed_in.get(address).status_code == 404


def test_an_older_version_is_refused_over_json(deal, signed_in):
    address = f"/api/deals/{deal.code}"
    signed_in.patch(address, {"version": 1, "source": "Fair"}, "application/json")
    second = signed_in.patch(address, {"version": 1, "source": "Web"}, "application/json")

    assert second.status_code == 412
    assert Deal.objects.get().source == "Fair"


def test_a_deal_is_moved_over_json_with_what_the_gate_asks(deal, decider, signed_in):
    body = {"version": 1, "to": "present", "amount_cents": 10_00, "decision_maker": decider.code}
    moved = signed_in.post(f"/api/deals/{deal.code}/move", body, "application/json")

    assert (moved.json()["stage"], moved.json()["amount_cents"]) == ("present", 10_00)


def test_a_loss_over_json_needs_its_reason(deal, signed_in):
    refused = signed_in.post(f"/api/deals/{deal.code}/move", {"version": 1, "to": "lost"}, "application/json")

    assert refused.status_code == 409
    assert refused.json()["detail"] == "To enter “Lost” this deal still needs: Reason for the loss."


def test_an_account_is_added_and_found_by_what_one_writes(signed_in, rolf):
    signed_in.post(reverse("add-account"), {"name": "Harbour & Sons", "city": "Emden"})
    made = Account.objects.get(name="Harbour & Sons")
    signed_in.post(reverse("add-deal"), {"account": f"{made.code}", "name": "Bilge pumps"})

    assert made.owner == rolf
    assert Deal.objects.get().account == made
    assert made.code in signed_in.get(reverse("suggest-accounts"), {"account": "harb"}).text


def test_two_who_edit_an_account_both_see_what_the_other_wrote(works, rolf, signed_in):
    actions.change_account(works, version=1, by=rolf, city="Emden")
    page = signed_in.post(
        reverse("edit-account", args=["K1"]), {"name": "Waterworks", "city": "Leer", "version": 1}
    )

    assert "City: Emden" in page.text
    assert Account.objects.get(code="K1").city == "Emden"


@pytest.mark.parametrize("name", ["deals", "accounts", "tasks"])
def test_an_empty_house_says_what_comes_next(name, signed_in):
    assert 'class="empty-title"' in signed_in.get(reverse(name)).text


@pytest.mark.parametrize("name", ["account", "deal"])
def test_notes_and_tasks_are_kept_on_the_record(name, deal, works, signed_in):
    code = deal.code if name == "deal" else works.code
    signed_in.post(reverse(f"log-on-{name}", args=[code]), {"kind": "call", "text": "Dora wants two"})
    signed_in.post(reverse(f"task-on-{name}", args=[code]), {"title": "Write the offer"})
    page = signed_in.get(reverse(name, args=[code])).text

    assert "Dora wants two" in page
    assert "Write the offer" in page
