"""A real company's ERP folder comes in by its recipe: every known figure, twice, and undone."""

import csv
import json
import shutil
from collections import defaultdict
from decimal import Decimal

import pytest

from tests.house import empty_house
from tests.shared import shared

pytestmark = pytest.mark.shared
PASSWORD = "Ebbe-und-Flut-17\n"
ROWS = 485_783


def importing(house, folder, *options, code=0):
    """Import a folder at the terminal; what it printed as JSON."""
    said = house.run("import", folder, "--recipe", "adventureworks", "--json", *options, code=code)
    return json.loads(next(line for line in said.splitlines() if line.startswith("{")))


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory):
    """A house that took the folder in, and what the terminal said."""
    shared("data/adventureworks")
    with empty_house(tmp_path_factory.mktemp("adventureworks")) as house:
        house.run("migrate")
        house.run("user", "add", "adam", "--role", "admin", "--password-stdin", text=PASSWORD)
        yield house, importing(house, shared("data/adventureworks"))


@pytest.fixture(scope="module")
def house(taken_in):
    return taken_in[0]


@pytest.fixture(scope="module")
def summary(taken_in):
    return taken_in[1]


@pytest.fixture(scope="module")
def expected():
    return json.loads(shared("data/adventureworks/EXPECTED.json").read_text())


@pytest.fixture(scope="module")
def measured(expected):
    return expected["measured_here"]


def table(name):
    """The rows of one of the source's files."""
    text = shared(f"data/adventureworks/{name}.csv").read_text("utf-8")
    return csv.DictReader(text.splitlines())


def one(house, sql):
    return house.sql(sql)[0][0]


def near(number, digits=4):
    """Equal to so many decimals: sums in SQLite are floating-point."""
    return pytest.approx(float(number), abs=0.6 * 10**-digits)


def test_every_row_that_has_a_room_comes_in_and_none_is_rejected(summary):
    assert summary["status"] == "done"
    assert (summary["created"], summary["rejected"]) == (ROWS, 0)


def test_what_has_no_room_is_said_and_not_dropped(summary):
    files = {line["file"].split(".csv")[0] for line in summary["tables"]} | set(summary["no_room"])
    listed = table("MANIFEST")
    joined = {
        "Person.Address", "Person.BusinessEntityAddress", "Person.ContactType", "Person.EmailAddress",
        "Person.PersonPhone", "Person.StateProvince", "Production.ScrapReason", "Sales.SalesPerson",
    }  # fmt: skip
    assert {row["table"] for row in listed} == files | joined


@pytest.mark.parametrize(
    ("figure", "sql"),
    [
        ("orders", "SELECT COUNT(*) FROM orders_salesorder"),
        ("order_lines", "SELECT COUNT(*) FROM orders_orderline"),
        ("sum_OrderQty", "SELECT SUM(quantity) FROM orders_orderline"),
        ("online_orders", "SELECT COUNT(*) FROM orders_salesorder WHERE channel = 'online'"),
        ("reseller_orders", "SELECT COUNT(*) FROM orders_salesorder WHERE channel = 'direct'"),
        ("work_orders", "SELECT COUNT(*) FROM orders_workorder"),
        ("scrapped_qty", "SELECT SUM(scrapped) FROM orders_workorder"),
        ("ordered_qty", "SELECT SUM(quantity) FROM orders_workorder"),
        ("work_orders_late", "SELECT COUNT(*) FROM orders_workorder WHERE ended_on > due_on"),
        ("routing_rows", "SELECT COUNT(*) FROM orders_workorderstep"),
        ("make_items", "SELECT COUNT(*) FROM catalog_item WHERE kind = 'make'"),
        ("finished_goods", "SELECT COUNT(*) FROM catalog_item WHERE is_sold"),
        ("stock_units", "SELECT SUM(quantity) FROM orders_stockmove"),
        (
            "store_customers_with_orders",
            "SELECT COUNT(DISTINCT a.id) FROM orders_salesorder o JOIN crm_account a ON a.id = o.account_id "
            "WHERE a.kind = 'company'",
        ),
        (
            "individual_customers_with_orders",
            "SELECT COUNT(DISTINCT a.id) FROM orders_salesorder o JOIN crm_account a ON a.id = o.account_id "
            "WHERE a.kind = 'person'",
        ),
    ],
)
def test_counts_are_as_measured(house, measured, figure, sql):
    assert one(house, sql) == measured[figure]


@pytest.mark.parametrize(
    ("figure", "sql"),
    [
        ("sum_SubTotal", "SELECT SUM(subtotal_exact) FROM orders_salesorder"),
        ("sum_TotalDue", "SELECT SUM(subtotal_exact + tax_exact + freight_exact) FROM orders_salesorder"),
        ("sum_TaxAmt", "SELECT SUM(tax_exact) FROM orders_salesorder"),
        ("sum_Freight", "SELECT SUM(freight_exact) FROM orders_salesorder"),
        ("sum_LineTotal", "SELECT SUM(ROUND(amount_exact, 6)) FROM orders_orderline"),
        ("online_SubTotal", "SELECT SUM(subtotal_exact) FROM orders_salesorder WHERE channel = 'online'"),
        ("reseller_SubTotal", "SELECT SUM(subtotal_exact) FROM orders_salesorder WHERE channel = 'direct'"),
        ("routing_hours", "SELECT SUM(hours) FROM orders_workorderstep"),
    ],
)
def test_sums_are_as_measured_to_a_cent(house, measured, figure, sql):
    assert float(one(house, sql)) == pytest.approx(measured[figure], abs=0.004)


def test_first_orders_are_as_published(house, expected):
    for number, subtotal in expected["published"]["first_order_subtotals_in_docs"].items():
        found = one(house, f"SELECT subtotal_exact FROM orders_salesorder WHERE number = 'SO{number}'")
        assert float(found) == near(subtotal)
    assert (
        one(house, "SELECT COUNT(*) FROM orders_salesorder") == expected["published"]["order_count_in_docs"]
    )


def test_orders_lie_between_the_first_and_the_last_day(house, measured):
    ((first, last),) = house.sql("SELECT MIN(ordered_on), MAX(ordered_on) FROM orders_salesorder")
    assert [str(first), str(last)] == measured["order_date_range"]


def test_years_months_and_channels_are_as_measured(house, measured):
    years, months = defaultdict(float), defaultdict(float)
    rows = house.sql("SELECT ordered_on, channel, SUM(subtotal_exact) FROM orders_salesorder GROUP BY 1, 2")
    for day, channel, amount in rows:
        years[str(day)[:4]] += float(amount)
        months[str(day)[:7], channel] += float(amount)

    assert years == {
        year: pytest.approx(sum_, abs=0.004) for year, sum_ in measured["SubTotal_by_year"].items()
    }
    for row in table("EXPECTED_monthly_subtotal"):
        for column, channel in (("reseller", "direct"), ("online", "online")):
            if row[column]:
                assert months[row["OrderDate"][:7], channel] == pytest.approx(float(row[column]), abs=0.006)


def test_territories_are_as_measured(house, measured):
    rows = house.sql(
        "SELECT t.name, SUM(o.subtotal_exact) FROM orders_salesorder o "
        "JOIN people_territory t ON t.id = o.territory_id GROUP BY t.name"
    )
    assert {name: float(amount) for name, amount in rows} == {
        name: pytest.approx(amount, abs=0.004) for name, amount in measured["SubTotal_by_territory"].items()
    }
    groups = house.sql("SELECT name FROM people_territory WHERE parent_id IS NULL ORDER BY name")
    assert [name for (name,) in groups] == ["Europe", "North America", "Pacific"]


@pytest.fixture(scope="module")
def sellers():
    """The sales persons' numbers in the source, by the name they sign in with."""
    rows = table("HumanResources.Employee")
    return {row["LoginID"].split("\\")[1]: row["BusinessEntityID"] for row in rows}


def test_sellers_are_as_measured(house, measured, sellers):
    rows = house.sql(
        "SELECT u.username, SUM(o.subtotal_exact) FROM orders_salesorder o "
        "JOIN people_user u ON u.id = o.seller_id GROUP BY u.username"
    )
    assert {sellers[name]: float(amount) for name, amount in rows} == {
        number: pytest.approx(amount, abs=0.004) for number, amount in measured["SubTotal_by_rep"].items()
    }


def test_the_years_sales_of_each_seller_are_as_published(house, expected):
    """SalesYTD is the sum of the sales periods June 2013 to May 2014: the sales-period rule holds."""
    rows = house.sql(
        "SELECT u.name, SUM(o.subtotal_exact) FROM orders_salesorder o "
        "JOIN people_user u ON u.id = o.seller_id "
        "WHERE o.period BETWEEN '2013-06-01' AND '2014-05-01' GROUP BY u.name"
    )
    found = {name: float(amount) for name, amount in rows}
    for name, amount in expected["published"]["SalesYTD"].items():
        assert found[name] == pytest.approx(amount, abs=0.02), name


def test_resellers_bought_in_each_of_thirty_six_months(house):
    rows = house.sql("SELECT DISTINCT period FROM orders_salesorder WHERE channel = 'direct' ORDER BY period")
    months = [str(period)[:10] for (period,) in rows]
    assert (len(months), months[0], months[-1]) == (36, "2011-06-01", "2014-05-01")
    wrong = (
        "SELECT COUNT(*) FROM orders_orderline l JOIN orders_salesorder o ON o.id = l.order_id "
        "WHERE l.period <> o.period"
    )
    assert one(house, wrong) == 0


def test_the_three_largest_orders_of_each_seller_are_as_published(house, expected, sellers):
    rows = house.sql(
        "SELECT u.username, o.number FROM orders_salesorder o JOIN people_user u ON u.id = o.seller_id "
        "ORDER BY u.username, o.subtotal_exact + o.tax_exact + o.freight_exact DESC"
    )
    best = defaultdict(list)
    for name, number in rows:
        best[sellers[name]].append(int(number.removeprefix("SO")))
    published = expected["published"]["top3_orders_by_TotalDue_per_rep (public exercise text)"]
    assert {number: orders[:3] for number, orders in best.items()} == published


def test_quota_histories_are_as_measured_and_published(house, measured, sellers, expected):
    rows = house.sql(
        "SELECT u.username, u.name, SUM(q.amount_cents) FROM incentives_sellerquota q "
        "JOIN people_user u ON u.id = q.user_id GROUP BY u.username, u.name"
    )
    assert {sellers[name]: int(cents) / 100 for name, _full, cents in rows} == measured["quota_total_by_rep"]
    published = expected["published"]["total_quota_by_rep (docs: RANK example on FactSalesQuota)"]
    by_name = {full: int(cents) / 100 for _name, full, cents in rows}
    for surname, amount in published.items():
        assert [total for full, total in by_name.items() if full.endswith(surname)] == [amount]


def test_hours_by_work_centre_are_as_measured(house, measured):
    rows = house.sql(
        "SELECT w.code, SUM(s.hours) FROM orders_workorderstep s "
        "JOIN catalog_workcentre w ON w.id = s.work_centre_id GROUP BY w.code"
    )
    assert {code: round(float(hours), 1) for code, hours in rows} == measured["routing_hours_by_location"]


def test_hours_of_the_routings_times_pieces_are_the_hours_that_were_worked(house, measured):
    sql = (
        "SELECT SUM(r.hours_per_unit * w.quantity) FROM orders_workorderstep s "
        "JOIN orders_workorder w ON w.id = s.work_order_id "
        "JOIN catalog_routingstep r ON r.item_id = w.item_id AND r.sequence = s.sequence"
    )
    assert float(one(house, sql)) == pytest.approx(measured["routing_hours"], rel=1e-5)


def test_bills_of_material_are_as_measured(house, measured):
    lines = house.sql("SELECT parent_id, component_id FROM catalog_bomline WHERE valid_to IS NULL")
    tops = {parent for parent, _ in lines} - {component for _, component in lines}
    children = defaultdict(set)
    for parent, component in lines:
        children[parent].add(component)

    def depth(item):
        return 1 + max(map(depth, children[item])) if children[item] else 0

    # The source counts 97 rows without an assembly, one for each item sold as it is, among its current rows.
    assert len(lines) == measured["bom_current_rows"] - measured["bom_top_items"]
    assert max(map(depth, tops)) == measured["bom_max_depth"]


def test_the_share_of_purchases_sent_back_is_as_measured(house, measured):
    ((rejected, received),) = house.sql("SELECT SUM(rejected), SUM(received) FROM orders_purchaseorderline")
    assert float(rejected) / float(received) == pytest.approx(measured["po_rejected_share"], abs=1e-6)


def test_lines_foot_to_their_orders_to_the_cent(house):
    sql = (
        "SELECT COUNT(*) FROM (SELECT o.id FROM orders_salesorder o "
        "JOIN orders_orderline l ON l.order_id = o.id "
        "GROUP BY o.id, o.subtotal_cents HAVING SUM(l.amount_cents) <> o.subtotal_cents) AS off"
    )
    assert one(house, sql) == 0
    cents = one(house, "SELECT SUM(subtotal_cents) FROM orders_salesorder")
    assert int(cents) == sum(
        int((Decimal(str(amount)) * 100).quantize(Decimal(1), "ROUND_HALF_UP"))
        for (amount,) in house.sql("SELECT subtotal_exact FROM orders_salesorder")
    )


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("people_territory", 13),
        ("people_departmentstay", 296),
        ("people_membership", 17),
        ("catalog_item", 504),
        ("catalog_family", 41),
        ("catalog_price", 406),
        ("catalog_cost", 406),
        ("catalog_bomline", 2576),
        ("catalog_location", 14),
        ("catalog_workcentre", 7),
        ("catalog_routingstep", 213),
        ("catalog_supplier", 104),
        ("catalog_supplyterm", 460),
        ("catalog_promotion", 16),
        ("catalog_promotion_items", 538),
        ("crm_account", 19_185),
        ("crm_contact", 19_237),
        ("orders_currencyrate", 13_532),
        ("orders_shipment", 121_317),
        ("orders_purchaseorder", 4_012),
        ("orders_purchaseorderline", 8_845),
        ("incentives_sellerquota", 163),
    ],
)
def test_each_table_is_whole(house, table, rows):
    assert one(house, f"SELECT COUNT(*) FROM {table}") == rows


def test_employees_are_colleagues_who_cannot_sign_in(house):
    assert one(house, "SELECT COUNT(*) FROM people_user WHERE username <> 'adam' AND NOT is_active") == 290
    assert one(house, "SELECT COUNT(*) FROM people_user WHERE sells") == 17


def test_the_second_time_all_is_unchanged(house):
    again = importing(house, shared("data/adventureworks"))
    assert {name: again[name] for name in ("created", "updated", "unchanged", "rejected")} == {
        "created": 0,
        "updated": 0,
        "unchanged": ROWS,
        "rejected": 0,
    }


def test_one_bad_line_is_named_and_nothing_of_the_folder_is_taken_in(house, tmp_path):
    folder = tmp_path / "spoiled"
    shutil.copytree(shared("data/adventureworks"), folder)
    place = folder / "Purchasing.PurchaseOrderDetail.csv"
    place.chmod(0o644)
    lines = place.read_text().split("\n")
    lines[1] = lines[1].replace("50.26", "NaN")
    folder.chmod(0o755)
    place.write_text("\n".join(lines))

    said = importing(house, folder, code=3)
    assert said["status"] == "invalid"
    assert [(row["file"], row["row"], row["got"]) for row in said["rejections"]][:1] == [
        ("Purchasing.PurchaseOrderDetail.csv", 2, "NaN")
    ]


def test_a_file_cut_between_two_lines_is_found_by_the_sources_own_list(house, tmp_path):
    folder = tmp_path / "cut"
    shutil.copytree(shared("data/adventureworks"), folder)
    folder.chmod(0o755)
    place = folder / "Sales.Customer.csv"
    place.chmod(0o644)
    place.write_text("\n".join(place.read_text().split("\n")[:1000]) + "\n")

    said = importing(house, folder, code=3)
    assert said["faults"][0]["got"] == "999 rows"


def test_the_whole_import_is_undone(house):
    for (number,) in house.sql("SELECT id FROM transfer_importrun WHERE state = 'done' ORDER BY id DESC"):
        house.run("import", "undo", str(number))
    rooms = ("catalog_", "crm_", "orders_", "incentives_", "transfer_importedrow")
    tables = [table for table in house.tables() if table.startswith(rooms)]
    left = {table: one(house, f"SELECT COUNT(*) FROM {table}") for table in tables}
    kept = {table: rows for table, rows in left.items() if rows}
    assert kept == {}
    assert house.sql("SELECT username FROM people_user") == [("adam",)]
