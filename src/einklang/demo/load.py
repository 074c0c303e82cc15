"""Puts the invented company into an empty house: whole tables at a time, keys put in place of codes."""

from collections.abc import Iterable
from typing import Any

import polars as pl
from django.core.management.color import no_style
from django.db import connection, models, transaction

from einklang.catalog import models as catalog
from einklang.crm import models as crm
from einklang.crm.stages import PIPELINE, STEPS
from einklang.demo import company
from einklang.demo.accounts import employed
from einklang.demo.deals import Sale
from einklang.demo.history.batches import Flow
from einklang.demo.history.money import COST_RISE, PRICE_RISE, by_year
from einklang.demo.history.purchases import makers_of, price_cents
from einklang.demo.history.wishes import promotions
from einklang.demo.history.workshop import Workshop
from einklang.demo.items import FAMILIES, Thing
from einklang.demo.times import Times
from einklang.demo.world import World
from einklang.kernel import tables
from einklang.orders import models as orders
from einklang.people import actions as people_actions
from einklang.people import models as people

Keys = dict[Any, int]


@transaction.atomic
def load(world: World) -> None:
    """Store the whole company; the caller has made sure that the house is empty."""
    times = world.times
    people_actions.name_company(company.NAME, company.CURRENCY, by=None)
    users, areas = _people(times)
    items = _items(times, world.things, world.flows)
    centres = _workshop(items, world)
    suppliers, places = _suppliers(times, items, world.things)
    actions = _promotions(times, items, world.things)
    accounts, contacts = _accounts(world, users, areas)
    deals = _deals(world.sales, users, accounts, contacts, items)
    lines = _orders(world, users, areas, accounts, deals, items, actions)
    _shipments(world, lines, items, places)
    _work_orders(world.workshop, items, centres)
    _purchases(world, suppliers, items)
    _set_sequences()


def _people(times: Times) -> tuple[Keys, Keys]:
    teams: Keys = {}
    for code, name, parent in company.TEAMS:
        row = {"code": code, "name": name, "parent_id": teams.get(parent)}
        teams[code] = _one(people.Team, row)
    areas: Keys = {}
    for area in company.AREAS:
        cents = round(area.weight * 6_400_000_00)
        row = {"code": area.code, "name": area.name, "parent_id": areas.get(area.parent)}
        areas[area.code] = _one(people.Territory, row | {"country": area.country, "potential_cents": cents})
    sellers = [person for seat in company.SEATS for person in seat.people]
    users = _keyed(
        people.User, [_user(times, person, teams) for person in (*company.STAFF, *sellers)], "username"
    )
    stays = []
    for seat in company.SEATS:
        for person in seat.people:
            start, end = employed(person, times)
            stays.append(
                {
                    "user_id": users[person.username],
                    "territory_id": areas[seat.territory],
                    "start": start,
                    "end": end,
                }
            )
    tables.insert(people.Membership, pl.DataFrame(stays, infer_schema_length=None))
    for person in (*company.STAFF, *sellers):
        if person.signs_in:
            user = people.User.objects.get(username=person.username)
            people_actions.set_password(user, company.PASSWORD, by=None)
    return users, areas


def _user(times: Times, person: company.Person, teams: Keys) -> dict[str, Any]:
    hired, left = employed(person, times)
    return {
        "username": person.username, "name": person.name, "role": person.role, "team_id": teams[person.team],
        "email": f"{person.username}@nordwasser.example", "language": person.language,
        "job_title": person.job_title,
        "department": company.DEPARTMENTS.get(person.team, "Vertrieb"), "sells": person.role == "rep",
        "hired_on": hired, "left_on": left, "is_active": left is None, "password": "!",
    }  # fmt: skip


def _items(times: Times, things: dict[str, Thing], flows: dict[tuple[str, str], Flow]) -> Keys:
    families: Keys = {}
    for code, name, parent in FAMILIES:
        families[code] = _one(catalog.Family, {"code": code, "name": name, "parent_id": families.get(parent)})
    rows = [_item(thing, families, flows) for thing in things.values()]
    items = _keyed(catalog.Item, rows, "code")
    for thing in things.values():
        if thing.predecessor:
            catalog.Item.objects.filter(pk=items[thing.code]).update(predecessor_id=items[thing.predecessor])
    for model, rise, which in (
        (catalog.Price, PRICE_RISE, "price_cents"),
        (catalog.Cost, COST_RISE, "cost_cents"),
    ):
        dated = [
            (items[thing.code], company.CURRENCY, *row)
            for thing in things.values()
            if getattr(thing, which)
            for row in by_year(times, getattr(thing, which), rise)
        ]
        columns = ["item_id", "currency", "amount_cents", "valid_from", "valid_to"]
        tables.insert(model, pl.DataFrame(dated, schema=columns, orient="row", infer_schema_length=None))
    bom = [
        (items[thing.code], items[part], quantity, 0.01 if part.startswith("GR-") else 0.0)
        for thing in things.values()
        for part, quantity in thing.parts.items()
    ]
    columns = ["parent_id", "component_id", "quantity", "scrap"]
    tables.insert(catalog.BomLine, pl.DataFrame(bom, schema=columns, orient="row"))
    return items


def _item(thing: Thing, families: Keys, flows: dict[tuple[str, str], Flow]) -> dict[str, Any]:
    held = [flow for (code, _), flow in flows.items() if code == thing.code]
    safety = sum(flow.safety for flow in held)
    daily = sum(float(flow.batches.mean()) for flow in held) / 30
    return {
        "code": thing.code, "name": thing.name, "family_id": families[thing.family], "unit": thing.unit,
        "kind": "make" if thing.made else "buy", "is_sold": thing.sold, "launched_on": thing.launched,
        "ended_on": thing.ended, "lead_time_days": thing.lead_days, "safety_stock": safety,
        "reorder_point": round(safety + daily * thing.lead_days), "lot_min": float(thing.lot),
        "lot_multiple": float(thing.lot),
    }  # fmt: skip


def _workshop(items: Keys, world: World) -> Keys:
    rows = [
        {
            "code": code, "name": name, "hours_per_day": world.workshop.hours_per_day[code],
            "cost_per_hour_cents": cents, "overtime_share": overtime,
        }
        for code, name, cents, overtime, _ in company.WORK_CENTRES
    ]  # fmt: skip
    centres = _keyed(catalog.WorkCentre, rows, "code")
    changes = world.workshop.changes
    tables.insert(catalog.CapacityChange, _with_key(changes, "centre", "work_centre_id", centres))
    steps = [
        (items[thing.code], 10 * (place + 1), centres[centre], setup, hours)
        for thing in world.things.values()
        for place, (centre, setup, hours) in enumerate(thing.steps)
    ]
    columns = ["item_id", "sequence", "work_centre_id", "setup_hours", "hours_per_unit"]
    tables.insert(catalog.RoutingStep, pl.DataFrame(steps, schema=columns, orient="row"))
    return centres


def _suppliers(times: Times, items: Keys, things: dict[str, Thing]) -> tuple[Keys, Keys]:
    rows = [
        {"code": maker.code, "name": maker.name, "country": maker.country, "rating": maker.rating}
        for maker in company.SUPPLIERS
    ]
    suppliers = _keyed(catalog.Supplier, rows, "code")
    terms = [
        {
            "item_id": items[thing.code], "supplier_id": suppliers[maker.code],
            "lead_time_days": maker.lead_days, "minimum": float(thing.lot),
            "lead_time_deviation_days": maker.deviation_days,
            "multiple": float(thing.lot), "currency": maker.currency,
            "price_cents": price_cents(thing, maker, times.today, times),
        }
        for thing in things.values()
        if not thing.made
        for maker in makers_of(thing)
    ]  # fmt: skip
    tables.insert(catalog.SupplyTerm, pl.DataFrame(terms))
    places = [{"code": code, "name": name} for code, name in company.LOCATIONS]
    return suppliers, _keyed(catalog.Location, places, "code")


def _promotions(times: Times, items: Keys, things: dict[str, Thing]) -> Keys:
    named = promotions(times)
    rows = [
        {"code": code, "name": name, "discount": discount, "kind": "Saison", "start": start, "end": end}
        for code, name, _, discount, start, end in named
    ]
    keys = _keyed(catalog.Promotion, rows, "code")
    chosen = [
        (keys[code], items[thing.code])
        for code, _, family, *_ in named
        for thing in things.values()
        if thing.family == family
    ]
    through = catalog.Promotion.items.through
    tables.insert(through, pl.DataFrame(chosen, schema=["promotion_id", "item_id"], orient="row"))
    return keys


def _accounts(world: World, users: Keys, areas: Keys) -> tuple[Keys, Keys]:
    plain = [
        "code",
        "name",
        "industry",
        "street",
        "postal_code",
        "city",
        "country",
        "website",
        "employees",
        "created_on",
    ]
    rows = _with_key(
        _with_key(world.customers, "owner", "owner_id", users), "territory", "territory_id", areas
    )
    accounts = _stored(crm.Account, rows.select(*plain, "owner_id", "territory_id"), "code")
    rows = _with_key(world.contacts, "account", "account_id", accounts)
    return accounts, _stored(crm.Contact, rows, "code")


def _deals(sales: list[Sale], users: Keys, accounts: Keys, contacts: Keys, items: Keys) -> Keys:
    pipeline = _one(crm.Pipeline, {"code": PIPELINE[0], "name": PIPELINE[1]})
    steps = [
        step._asdict() | {"pipeline_id": pipeline, "sequence": place + 1, "needs": list(step.needs)}
        for place, step in enumerate(STEPS)
    ]
    crm.Stage.objects.bulk_create(crm.Stage(**step) for step in steps)
    stages: Keys = dict(crm.Stage.objects.values_list("code", "pk"))
    heads = [
        {
            "code": sale.code, "name": sale.name, "account_id": accounts[sale.account],
            "owner_id": users[sale.owner], "stage_id": stages[sale.stage],
            "currency": sale.currency, "amount_cents": sale.amount_cents,
            "decision_maker_id": contacts[f"{sale.account}-1"], "created_on": sale.created_on,
            "expected_on": sale.expected_on, "closed_on": sale.closed_on, "lost_reason": sale.lost_reason,
            "next_step": sale.next_step, "source": sale.source, "touched_at": sale.touched_at,
        }
        for sale in sales
    ]  # fmt: skip
    deals = _keyed(crm.Deal, heads, "code")
    lines = [
        (deals[sale.code], items[item], quantity, cents, wished)
        for sale in sales
        for item, quantity, cents, wished in sale.lines
    ]
    columns = ["deal_id", "item_id", "quantity", "amount_cents", "wished_on"]
    tables.insert(crm.DealLine, pl.DataFrame(lines, schema=columns, orient="row"))
    _lives(sales, deals, stages, users, accounts)
    return deals


def _lives(sales: list[Sale], deals: Keys, stages: Keys, users: Keys, accounts: Keys) -> None:
    """What the deals have been through: stages, activities, tasks."""
    log = [
        (deals[sale.code], stages[step], moment, users[who], sale.amount_cents)
        for sale in sales
        for step, moment, who in sale.log
    ]
    columns = ["deal_id", "stage_id", "at", "by_id", "amount_cents"]
    tables.insert(crm.StageEntry, pl.DataFrame(log, schema=columns, orient="row"))
    done = [
        (accounts[sale.account], deals[sale.code], kind, moment, users[who], text)
        for sale in sales
        for kind, moment, who, text in sale.done
    ]
    columns = ["account_id", "deal_id", "kind", "at", "by_id", "text"]
    tables.insert(crm.Activity, pl.DataFrame(done, schema=columns, orient="row"))
    tasks = [
        (title, users[owner], accounts[sale.account], deals[sale.code], due, finished)
        for sale in sales
        for title, owner, due, finished in sale.tasks
    ]
    columns = ["title", "owner_id", "account_id", "deal_id", "due_on", "done_at"]
    tables.insert(crm.Task, pl.DataFrame(tasks, schema=columns, orient="row", infer_schema_length=None))


def _orders(
    world: World, users: Keys, areas: Keys, accounts: Keys, deals: Keys, items: Keys, actions: Keys
) -> pl.DataFrame:
    """Rates, orders and their lines; returned are the lines' keys by order and line number."""
    tables.insert(orders.CurrencyRate, world.rates)
    heads = world.book.orders
    for column, keys in (("account", accounts), ("seller", users), ("territory", areas), ("deal", deals)):
        heads = _with_key(heads, column, f"{column}_id", keys)
    exact = [
        (pl.col(f"{name}_cents") / 100).alias(f"{name}_exact") for name in ("subtotal", "tax", "freight")
    ]
    heads = heads.with_columns(
        *exact,
        pl.when("online").then(pl.lit("online")).otherwise(pl.lit("direct")).alias("channel"),
        pl.when(pl.col("shipped_on").is_null())
        .then(pl.lit("open"))
        .otherwise(pl.lit("shipped"))
        .alias("state"),
    ).rename({"order": "number"})
    numbers = _stored(orders.SalesOrder, heads.drop("seat", "country", "online", "spares"), "number")
    lines = _with_key(world.book.lines, "order", "order_id", numbers)
    lines = _with_key(_with_key(lines, "item", "item_id", items), "promotion", "promotion_id", actions)
    lines = lines.with_row_index("id", offset=1).with_columns(
        (pl.col("unit_cents") / 100).alias("unit_price_exact"),
        (pl.col("amount_cents") / 100).alias("amount_exact"),
    )
    named = {field.attname for field in orders.OrderLine._meta.concrete_fields}
    tables.insert(orders.OrderLine, lines.select(name for name in lines.columns if name in named))
    return world.book.lines.select("order", "line_number").with_columns(lines["id"].alias("line_id"))


def _shipments(world: World, lines: pl.DataFrame, items: Keys, places: Keys) -> None:
    on = ["order", "line_number"]
    gone = world.book.shipments.join(lines, on=on, maintain_order="left").with_columns(
        pl.when(pl.col("territory").is_in(company.SOUTH))
        .then(places["SUED"])
        .otherwise(places["ZL"])
        .alias("location_id")
    )
    tables.insert(orders.Shipment, gone.select("line_id", "shipped_on", "quantity", "location_id"))
    back = world.book.returns.join(lines, on=on, maintain_order="left")
    tables.insert(orders.Return, back.select("line_id", "returned_on", "quantity", "reason"))
    moves = _with_key(_with_key(world.moves, "item", "item_id", items), "location", "location_id", places)
    tables.insert(orders.StockMove, moves)


def _work_orders(workshop: Workshop, items: Keys, centres: Keys) -> None:
    heads = _with_key(workshop.orders, "item", "item_id", items).drop("batch")
    numbers = _stored(orders.WorkOrder, heads, "number")
    steps = _with_key(workshop.steps, "number", "work_order_id", numbers)
    tables.insert(orders.WorkOrderStep, _with_key(steps, "centre", "work_centre_id", centres))


def _purchases(world: World, suppliers: Keys, items: Keys) -> None:
    lines = world.purchases
    waiting = pl.col("received_on").is_null().any()
    heads = lines.group_by("number", maintain_order=True).agg(
        pl.first("supplier", "currency", "ordered_on"),
        pl.when(waiting).then(pl.lit("approved")).otherwise(pl.lit("complete")).alias("state"),
        pl.when(waiting).then(None).otherwise(pl.col("received_on").max()).alias("shipped_on"),
        pl.col("amount_cents").sum().alias("subtotal_cents"),
    )
    heads = _with_key(heads, "supplier", "supplier_id", suppliers)
    numbers = _stored(orders.PurchaseOrder, heads, "number")
    rows = _with_key(_with_key(lines, "number", "order_id", numbers), "item", "item_id", items)
    named = {field.attname for field in orders.PurchaseOrderLine._meta.concrete_fields}
    tables.insert(orders.PurchaseOrderLine, rows.select(name for name in rows.columns if name in named))


def _one(model: type[models.Model], row: dict[str, Any]) -> int:
    return int(model._default_manager.create(**row).pk)


def _keyed(model: type[models.Model], rows: Iterable[dict[str, Any]], code: str) -> Keys:
    return _stored(model, pl.DataFrame(list(rows), infer_schema_length=None), code)


def _stored(model: type[models.Model], frame: pl.DataFrame, code: str) -> Keys:
    """Store rows with keys counted from 1, and say which code got which."""
    keyed = frame.with_row_index("id", offset=1).with_columns(pl.col("id").cast(pl.Int64))
    tables.insert(model, keyed)
    return dict(keyed.select(code, "id").iter_rows())


def _with_key(frame: pl.DataFrame, column: str, name: str, keys: Keys) -> pl.DataFrame:
    """The frame with a key in place of a code; no code, no key."""
    return frame.with_columns(pl.col(column).replace_strict(keys, return_dtype=pl.Int64).alias(name)).drop(
        column
    )


def _set_sequences() -> None:
    """Let the database count on from the keys that were given out here."""
    stored = [
        model for room in (people, catalog, crm, orders) for model in vars(room).values() if _is_table(model)
    ]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), stored):
            cursor.execute(statement)


def _is_table(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, models.Model) and not value._meta.abstract
