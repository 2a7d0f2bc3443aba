"""The usage page in a real browser, cut off from the internet: it shows what the API says, to everybody."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import pytest
from patience import PATIENCE_SECONDS
from playwright.sync_api import Browser, Locator, Page, expect
from visiting import Served, Watched, give_key, kept, open_page, violations, whose_key

CALLS = """
query ($where: UsageFilter, $by: [UsageDimension!]!) {
  usage(groupBy: $by, where: $where) {
    day model prompt { id name } project { id name }
    calls tokensIn tokensOut cost unpricedCalls meanSeconds p95Seconds
  }
}
"""
BUDGETS = """
query ($month: UsageFilter) {
  all: usage(groupBy: [], where: $month) { cost }
  clients: usage(groupBy: [CLIENT], where: $month) { client { name monthlyBudget } cost }
  projects: usage(groupBy: [PROJECT], where: $month) { project { name monthlyBudget } cost }
}
"""
PROJECTS_WITH_COST = """
query ($month: UsageFilter) {
  projects { nodes { id name client { id } usage(groupBy: [], where: $month) { cost } } }
}
"""
CREATE = "mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }"
GENERATE = "mutation ($input: GenerateContentInput!) { generateContent(input: $input) { generation { status } } }"
RENAME = "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { userErrors { message } } }"
DELETE = "mutation ($input: DeleteProjectInput!) { deleteProject(input: $input) { userErrors { message } } }"


class Days(NamedTuple):
    """From the first to the last, in UTC."""

    first: date
    last: date

    @property
    def where(self) -> dict[str, Any]:
        end = self.last + timedelta(days=1)
        return {"createdAt": {"gte": f"{self.first}T00:00:00Z", "lt": f"{end}T00:00:00Z"}}

    def __iter__(self) -> Iterator[date]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))


def today() -> date:
    return datetime.now(UTC).date()


def last(days: int) -> Days:
    return Days(today() - timedelta(days=days - 1), today())


def ask(served: Served, query: str, **variables: Any) -> Any:
    """What the API answers the administrator, without any of the page's code."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {served.admin_key}"}
    with urlopen(Request(served.address, body, headers), timeout=PATIENCE_SECONDS) as response:
        answer = json.load(response)
    assert "errors" not in answer, answer
    return answer["data"]


def usage(served: Served, by: list[str], where: dict[str, Any]) -> list[dict[str, Any]]:
    return ask(served, CALLS, by=by, where=where)["usage"]


def usage_of(served: Served, search: str = "") -> str:
    return f"{served.address.removesuffix('/graphql')}/usage{search}#key={served.admin_key}"


def open_usage(page: Page, served: Served, search: str = "") -> None:
    page.goto(usage_of(served, search))
    settled(page)


def settled(page: Page) -> None:
    """Waits until the page shows the answer to what is chosen."""
    page.locator('.shown[aria-busy="false"] > *').first.wait_for()


def choose(page: Page, name: str, value: str) -> None:
    with page.expect_response(lambda response: "UsageByDay" in (response.request.post_data or "")):
        page.get_by_label(name, exact=True).select_option(value)
    settled(page)


def table(page: Page, caption: str) -> Locator:
    return page.get_by_role("table", name=caption, exact=True)


def rows(table: Locator) -> list[list[str]]:
    return table.evaluate(
        "table => [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )


def downloaded(page: Page, caption: str) -> list[dict[str, str]]:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download CSV: {caption}", exact=True).click()
    text = Path(download.value.path()).read_bytes().decode("utf-8-sig")
    assert download.value.suggested_filename.endswith(".csv")
    return list(csv.DictReader(io.StringIO(text)))


def dollars(value: str) -> str:
    cost = Decimal(value)
    if 0 < cost < Decimal("0.01"):
        return f"${cost:.{1 - cost.adjusted()}f}"
    return f"${cost.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def seconds(value: float | None) -> str:
    return "" if value is None else f"{Decimal(str(value)).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def cost_of_one(group: dict[str, Any]) -> str:
    priced = group["calls"] - group["unpricedCalls"]
    return dollars(str(float(group["cost"]) / priced)) if priced else ""


def tiles(page: Page) -> dict[str, str]:
    names, values = page.locator(".tiles dt").all_inner_texts(), page.locator(".tiles dd").all_inner_texts()
    return dict(zip(names, values, strict=True))


def test_its_first_visit_is_light(page: Page, served: Served, artefacts: Path) -> None:
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(sum(request.sizes().values())))
    page.set_viewport_size({"width": 1280, "height": 1180})
    open_usage(page, served)
    page.locator(".chart svg").wait_for()
    page.screenshot(path=artefacts / "usage.png")

    (artefacts / "usage_first_visit.txt").write_text(f"{sum(sizes) / 1e3:.0f} kB in {len(sizes)} requests.\n")
    assert sum(sizes) < 200_000


@pytest.mark.parametrize(
    ("by", "search", "days"),
    [
        ("project", "", last(30)),
        ("model", "?period=7&by=model&measure=tokens", last(7)),
        ("prompt", "?period=90&by=prompt&measure=calls", last(90)),
    ],
)
def test_its_sums_are_the_api_s(by: str, search: str, days: Days, page: Page, served: Served) -> None:
    open_usage(page, served, search)
    [all_] = usage(served, [], days.where)
    groups = usage(served, [by.upper()], days.where)

    assert tiles(page) == {
        "Cost": dollars(all_["cost"]),
        "Calls": f"{all_['calls']:,}",
        "Tokens in": f"{all_['tokensIn']:,}",
        "Tokens out": f"{all_['tokensOut']:,}",
        "Unpriced calls": f"{all_['unpricedCalls']:,}",
        "Mean seconds": seconds(all_["meanSeconds"]),
    }
    assert rows(table(page, f"By {by}")) == [
        [
            group[by] if by == "model" else group[by]["name"],
            f"{group['calls']:,}",
            f"{group['tokensIn']:,}",
            f"{group['tokensOut']:,}",
            dollars(group["cost"]),
            f"{Decimal(group['cost']) / Decimal(all_['cost']) * 100:.1f}".removesuffix(".0") + "%",
            cost_of_one(group),
            seconds(group["meanSeconds"]),
            seconds(group["p95Seconds"]),
            f"{group['unpricedCalls']:,}",
        ]
        for group in sorted(groups, key=lambda group: -Decimal(group["cost"]))
    ]


@pytest.mark.parametrize("measure", ["cost", "tokens", "calls"])
def test_its_days_are_the_api_s(measure: str, page: Page, served: Served) -> None:
    days = last(30)
    open_usage(page, served, f"?measure={measure}")

    def amount(sums: dict[str, Any]) -> Decimal:
        return Decimal(sums["tokensIn"] + sums["tokensOut"] if measure == "tokens" else sums[measure])

    totals = {sums["day"]: amount(sums) for sums in usage(served, ["DAY"], days.where)}
    projects = usage(served, ["PROJECT"], days.where)
    largest = sorted(projects, key=amount, reverse=True)[:8]
    parts = {
        (sums["day"], sums["project"]["name"]): amount(sums) for sums in usage(served, ["DAY", "PROJECT"], days.where)
    }
    names = [group["project"]["name"] for group in largest]
    assert len(projects) > len(names)

    page.get_by_text("The chart as a table").click()
    unit = ", in USD" if measure == "cost" else ""
    shown = downloaded(page, f"{measure.capitalize()} by day and project{unit}")
    assert [row["Day"] for row in shown] == [str(day) for day in days]
    assert list(shown[0]) == ["Day", "All", *names, "Others"]
    for row in shown:
        day = row["Day"]
        assert Decimal(row["All"]) == totals.get(day, 0)
        assert [Decimal(row[name]) for name in names] == [parts.get((day, name), 0) for name in names]
        rest = totals.get(day, Decimal(0)) - sum(parts.get((day, name), Decimal(0)) for name in names)
        assert Decimal(row["Others"]) == rest
    assert page.locator(".chart .legend li").all_inner_texts() == [*names, "Others"]
    # A bar has a part for each that there is.
    assert page.locator(".chart svg rect").count() == 30 * len([*names, "Others"])


def test_its_budgets_prompts_and_generations_are_the_api_s(page: Page, served: Served) -> None:
    days = last(30)
    open_usage(page, served)
    month = Days(today().replace(day=1), today()).where
    spent = ask(served, BUDGETS, month=month)
    expect(page.locator(".shown")).to_contain_text(
        f"Spent this month so far, in UTC: {dollars(spent['all'][0]['cost'])}."
    )
    owners = [
        (kind, each[kind.lower()], each["cost"]) for kind in ("Client", "Project") for each in spent[f"{kind.lower()}s"]
    ]
    budgets = [(kind, of["name"], cost, of["monthlyBudget"]) for kind, of, cost in owners if of["monthlyBudget"]]
    by_share = sorted(budgets, key=lambda budget: -Decimal(budget[2]) / Decimal(budget[3]))
    # The demo has called no model today.
    assert len(budgets) > 1 or today().day == 1
    if not budgets:
        expect(page.locator(".shown")).to_contain_text("Nothing that has a budget has spent anything this month.")
    else:
        assert [row[:4] for row in rows(table(page, "Budgets of this month"))] == [
            [name, kind, dollars(cost), dollars(budget)] for kind, name, cost, budget in by_share
        ]
    shares = [float(Decimal(cost) / Decimal(budget)) for _, _, cost, budget in by_share]
    meters = page.locator("meter").evaluate_all("meters => meters.map(meter => meter.value)")
    assert meters == pytest.approx([min(share, 1) for share in shares])

    prompts = usage(served, ["PROMPT"], days.where)
    expensive = sorted(prompts, key=lambda group: -Decimal(group["cost"]))[:5]
    slow = sorted(prompts, key=lambda group: -group["meanSeconds"])[:5]
    assert [row[:2] for row in rows(table(page, "Most expensive prompts"))] == [
        [group["prompt"]["name"], dollars(group["cost"])] for group in expensive
    ]
    assert [row[:3] for row in rows(table(page, "Slowest prompts"))] == [
        [group["prompt"]["name"], seconds(group["meanSeconds"]), seconds(group["p95Seconds"])] for group in slow
    ]

    counted = ask(
        served,
        "query ($where: GenerationFilter) { generationCounts(where: $where) { status count } }",
        where=days.where,
    )["generationCounts"]
    assert sum(each["count"] for each in counted) > 0
    assert rows(table(page, "Generations by state")) == [
        [each["status"].lower(), f"{each['count']:,}"] for each in counted
    ]

    models = [group for group in usage(served, ["MODEL"], days.where) if group["unpricedCalls"]]
    assert models
    assert {tuple(row[:2]) for row in rows(table(page, "Models without a price"))} == {
        (group["model"], f"{group['unpricedCalls']:,}") for group in models
    }


def test_one_of_them_alone(page: Page, served: Served) -> None:
    open_usage(page, served)
    [first, second, *_] = sorted(usage(served, ["PROJECT"], last(30).where), key=lambda group: -Decimal(group["cost"]))
    project = first["project"]
    page.get_by_text("The chart as a table").click()
    page.locator(".chart thead").get_by_role("button", name=second["project"]["name"], exact=True).click()
    page.locator("tbody").get_by_role("button", name=project["name"], exact=True).press("Enter")
    expect(page.locator(".only")).to_contain_text(f"Project: {project['name']}")
    expect(page.get_by_role("button", name="Show all")).to_be_focused()
    expect(page.locator(".tiles dd").nth(1)).to_have_text(f"{first['calls']:,}")
    # The column that the days were in the order of is not there any more.
    expect(page.locator(".chart th").first).to_have_attribute("aria-sort", "descending")
    assert (project["id"] in page.url, "name=" in page.url) == (True, False)
    choose(page, "By", "model")
    own = {"project": {"eq": project["id"]}, **last(30).where}
    assert [row[1] for row in rows(table(page, "By model"))] == [
        f"{group['calls']:,}"
        for group in sorted(usage(served, ["MODEL"], own), key=lambda group: -Decimal(group["cost"]))
    ]
    counted = ask(
        served,
        "query ($of: [ID!], $where: GenerationFilter) { generationCounts(projects: $of, where: $where) { count } }",
        of=[project["id"]],
        where=last(30).where,
    )["generationCounts"]
    assert [row[1] for row in rows(table(page, "Generations by state"))] == [f"{each['count']:,}" for each in counted]

    # The address is the whole of it.
    there = f"{page.url}&name=Another"
    page.get_by_role("button", name="Show all").press("Enter")
    expect(page.locator(".only")).to_be_hidden()
    expect(page.get_by_label("By", exact=True)).to_be_focused()
    page.go_back()
    expect(page.locator(".only")).to_contain_text(project["name"])
    page.goto(f"{there}#key={served.admin_key}")
    page.reload()
    give_key(page, served.admin_key)
    expect(page.locator(".tiles dd").nth(1)).to_have_text(f"{first['calls']:,}")
    expect(page.get_by_label("By", exact=True)).to_have_value("model")
    expect(page.locator(".only")).to_have_text(f"Project: {project['name']} Show all")


def test_a_table_is_put_in_order_and_downloaded(page: Page, served: Served) -> None:
    open_usage(page, served)
    groups = table(page, "By project")
    head = groups.get_by_role("columnheader", name="Tokens in")
    for direction, reverse in (("descending", True), ("ascending", False)):
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", direction)
        tokens = [int(row[2].replace(",", "")) for row in rows(groups)]
        assert tokens == sorted(tokens, reverse=reverse)
    name = groups.get_by_role("columnheader", name="Project")
    name.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(name).to_have_attribute("aria-sort", "ascending")
    expect(head).to_have_attribute("aria-sort", "none")
    # It stays in its order when it is read again.
    page.get_by_role("button", name="Reload").click()
    settled(page)
    expect(groups.get_by_role("columnheader", name="Project")).to_have_attribute("aria-sort", "ascending")

    expected = {group["project"]["name"]: group for group in usage(served, ["PROJECT"], last(30).where)}
    found = downloaded(page, "By project")
    assert [row["Project"] for row in found] == sorted(expected)
    for row in found:
        group = expected[row["Project"]]
        assert [row[name] for name in ("Cost in USD", "Calls", "Tokens in", "Tokens out", "Unpriced calls")] == [
            str(group[name]) for name in ("cost", "calls", "tokensIn", "tokensOut", "unpricedCalls")
        ]


def test_a_deleted_project_s_calls_stay_and_its_name_is_no_formula(page: Page, served: Served) -> None:
    client = ask(served, "{ clients(first: 1) { nodes { id } } }")["clients"]["nodes"][0]["id"]
    named = {"client": client, "name": "=Short-lived"}
    project = ask(served, CREATE, input=named)["createProject"]["project"]["id"]
    moss = {"prompt": "prm_490f0DawXRK2vpWNtE0Jag", "variables": {"topic": "moss"}}
    made = ask(served, GENERATE, input={"project": project, **moss, "waitSeconds": 20})
    assert made["generateContent"]["generation"]["status"] == "SUCCEEDED"
    deleted = ask(served, DELETE, input={"project": project, "confirmName": "=Short-lived"})
    assert deleted["deleteProject"]["userErrors"] == []

    open_usage(page, served, "?period=7")
    row = table(page, "By project").get_by_role("row").filter(has_text="=Short-lived (deleted)")
    expect(row).to_have_count(1)
    # There is nothing that its calls alone could be found by.
    expect(row.get_by_role("button")).to_have_count(0)
    [found] = [row for row in downloaded(page, "By project") if "Short-lived" in row["Project"]]
    assert found["Project"] == "'=Short-lived (deleted)"


def test_between_two_days(page: Page, served: Served) -> None:
    open_usage(page, served)
    choose(page, "Period", "between")
    expect(page.get_by_label("From")).to_have_value(str(last(30).first))
    expect(page.get_by_label("to", exact=True)).to_have_value(str(today()))
    days = Days(today() - timedelta(days=9), today() - timedelta(days=3))
    visited = page.evaluate("history.length")
    page.get_by_label("From").press_sequentially(f"{days.first:%m%d%Y}")
    expect(page.get_by_label("From")).to_have_value(str(days.first))
    page.get_by_label("to", exact=True).fill(str(days.last))
    page.get_by_label("to", exact=True).press("Tab")
    [all_] = usage(served, [], days.where)
    expect(page.locator(".tiles dd").nth(1)).to_have_text(f"{all_['calls']:,}")
    assert (f"from={days.first}" in page.url, f"to={days.last}" in page.url) == (True, True)
    # What was there for a digit is nothing to go back to.
    assert page.evaluate("history.length") == visited

    for first, end, sentence in (
        (days.last, days.first, "The first day is after the last."),
        (today() - timedelta(days=900), today(), "At most 366 days are shown at a time."),
        ("2026-99-99", today(), "Choose the first and the last day."),
        ("2026-02-30", "2026-03-03", "Choose the first and the last day."),
    ):
        page.goto(usage_of(served, f"?period=between&from={first}&to={end}"))
        expect(page.locator(".said")).to_have_text(sentence)
        assert page.locator(".shown > *").count() == 0
    open_usage(page, served, "?period=between&from=2001-01-01&to=2001-01-31")
    expect(page.locator(".shown")).to_contain_text("No language model was called from 2001-01-01 to 2001-01-31.")


def test_what_is_wrong_is_said(watched: Watched, served: Served) -> None:
    page = watched.page
    page.goto(usage_of(served).partition("#")[0])
    expect(page.locator(".said")).to_have_text("Put a key into the field at the top.")
    assert watched.problems == []
    give_key(page, "gqls_wrong")
    expect(page.get_by_role("list", name="Errors")).to_contain_text("UNAUTHENTICATED")
    give_key(page, served.admin_key)
    page.locator(".tiles").wait_for()
    expect(page.get_by_role("list", name="Errors")).to_have_count(0)
    page.route("**/graphql", lambda route: route.abort())
    page.get_by_role("button", name="Reload").click()
    expect(page.locator(".said")).to_have_text("The server cannot be reached.")
    page.unroute("**/graphql")
    page.get_by_role("button", name="Reload").click()
    page.locator(".tiles").wait_for()
    # There may be one for each project.
    page.route("**/graphql", lambda route: route.fulfill(json={"errors": [{"message": "No."}] * 300}))
    page.get_by_role("button", name="Reload").click()
    expect(page.get_by_role("list", name="Errors").locator("li")).to_have_text(["ERROR No. "] * 5 + ["And 295 more."])


def test_a_client_sees_its_own(page: Page, served: Served) -> None:
    open_usage(page, served)
    # On the page itself such a link changes the key, and no more.
    page.goto(usage_of(served).replace(served.admin_key, served.client_key))
    expect(whose_key(page)).not_to_have_text("Administrator")
    assert served.client_key not in page.url
    settled(page)
    everybody = {group["project"]["name"] for group in usage(served, ["PROJECT"], last(30).where) if group["project"]}

    own = {row[0] for row in rows(table(page, "By project"))}
    assert own
    assert own < everybody


def test_the_key_goes_along_from_page_to_page_and_nowhere_else(chromium: Browser, page: Page, served: Served) -> None:
    open_page(page, served.address)
    give_key(page, served.admin_key)
    page.get_by_role("link", name="Usage").click()
    settled(page)
    expect(whose_key(page)).to_have_text("Administrator")
    expect(page.get_by_role("link", name="Usage")).to_have_attribute("aria-current", "page")
    assert page.evaluate("sessionStorage.length") == 0
    assert served.admin_key not in page.url
    assert served.admin_key not in kept(page)
    page.get_by_role("link", name="GraphiQL").click()
    expect(whose_key(page)).to_have_text("Administrator")
    assert page.evaluate("sessionStorage.length") == 0
    # A link that was never followed leaves nothing, either.
    page.evaluate("sessionStorage.setItem('gql-server:key-handed-over', 'x')")
    open_usage(page, served)
    assert page.evaluate("sessionStorage.length") == 0


@pytest.fixture
def equals(served: Served) -> Iterator[list[str]]:
    """The ids of two projects of one client, both named "Others", and of one whose name is as long as it may be."""
    every = ask(served, PROJECTS_WITH_COST, month=last(30).where)["projects"]["nodes"]
    every.sort(key=lambda project: -Decimal(project["usage"][0]["cost"]))
    first = every[0]
    second = next(project for project in every[1:] if project["client"] == first["client"])
    chosen = [first, second, next(project for project in every if project not in (first, second))]
    for project, name in zip(chosen, ("Others", "Others", "W" * 255), strict=True):
        assert ask(served, RENAME, input={"project": project["id"], "name": name})["updateProject"]["userErrors"] == []
    yield [project["id"] for project in chosen]
    for project in chosen:
        ask(served, RENAME, input={"project": project["id"], "name": project["name"]})


def test_names_are_told_apart_and_have_room(equals: list[str], page: Page, served: Served, artefacts: Path) -> None:
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        open_usage(page, served)
        page.locator(".chart svg").wait_for()
        page.get_by_text("The chart as a table").click()
        page.screenshot(path=artefacts / f"usage_names_{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        widest = page.locator("th button").evaluate_all("all => Math.max(...all.map(one => one.offsetWidth))")
        assert widest <= 0.6 * width
    legend = page.locator(".chart .legend li").all_inner_texts()
    assert len({*legend}) == len(legend) == 9
    assert [sum(name.endswith(f" ({id_})") for name in legend) for id_ in equals] == [1, 1, 0]
    [first] = downloaded(page, "Cost by day and project, in USD")[:1]
    assert list(first) == ["Day", "All", *legend]


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_days_are_utc_s_wherever_it_is_read(zone: str, chromium: Browser, served: Served) -> None:
    with chromium.new_context(timezone_id=zone) as context:
        page = context.new_page()
        open_usage(page, served, "?period=7")
        days = [str(day) for day in last(7)]
        ticks = page.locator(".chart svg [aria-label='x-axis tick label'] text").all_text_contents()
        assert [re.findall(r"\d+", text) for text in ticks[:7]] == [[str(int(day[8:]))] for day in days]
        found = page.evaluate(
            """async (instants) => {
                const { daysOf } = await import("./assets/usage_view.js");
                return instants.map(([period, now]) => Object.values(daysOf({ period }, new Date(now))));
            }""",
            [
                ["month", "2028-02-29T23:59:59Z"],
                ["month", "2028-03-01T00:00:00Z"],
                ["last-month", "2028-03-31T12:00:00Z"],
                ["last-month", "2027-01-01T00:00:00Z"],
                ["7", "2027-03-01T00:00:00Z"],
            ],
        )
        assert found == [
            ["2028-02-01", "2028-03-01"],
            ["2028-03-01", "2028-03-02"],
            ["2028-02-01", "2028-03-01"],
            ["2026-12-01", "2027-01-01"],
            ["2027-02-23", "2027-03-02"],
        ]


def test_large_amounts_larger_letters_and_paper(page: Page, served: Served) -> None:
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    page.set_viewport_size({"width": 700, "height": 800})
    open_usage(page, served)
    sizes = "['body', '.bar'].map(name => getComputedStyle(document.querySelector(name)).fontSize)"
    assert page.evaluate(sizes) == ["30px", "30px"]
    page.emulate_media(media="print")
    # Paper cannot be scrolled.
    assert page.locator(".scrolled").first.evaluate("box => getComputedStyle(box).overflowX") == "visible"
    shown = page.evaluate(
        """async () => {
            const { inMeasureShort } = await import("./assets/usage_format.js");
            return [["tokens", 20e9], ["calls", 9000], ["cost", 0.005], ["cost", 250000]]
                .map(([measure, value]) => inMeasureShort(measure)(value));
        }"""
    )
    assert shown == ["20B", "9,000", "$0.0050", "$250K"]


@pytest.mark.parametrize(("width", "height"), [(360, 740), (320, 256)], ids=["a phone", "1280 by 1024 at 400 percent"])
def test_small_and_magnified(width: int, height: int, page: Page, served: Served, artefacts: Path) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_usage(page, served)
    page.locator(".chart svg").wait_for()
    page.get_by_text("The chart as a table").click()
    page.screenshot(path=artefacts / f"usage_{width}.png", full_page=True)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    box = page.locator(".chart svg").bounding_box()
    assert box is not None
    assert box["width"] > 0.8 * width
    # What is wider than the page can be scrolled to.
    last_head = table(page, "By project").get_by_role("button", name="Unpriced calls")
    last_head.focus()
    expect(last_head).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_who_does_not_see_it_can_use_it(scheme: str, page: Page, served: Served, artefacts: Path) -> None:
    page.emulate_media(color_scheme=scheme)
    open_usage(page, served)
    page.get_by_text("The chart as a table").click()
    page.screenshot(path=artefacts / f"usage_{scheme}.png", full_page=True)
    found = violations(page)
    # The chart says what it is, and its numbers follow as a table.
    expect(
        page.get_by_role("img", name=re.compile("^Cost by day and project, in USD; below as a table$"))
    ).to_be_visible()
    expect(table(page, "Cost by day and project, in USD")).to_be_visible()
    # What was read is heard.
    expect(page.locator(".said")).to_have_role("status")
    expect(page.locator(".said")).to_have_text(re.compile(r"^[\d,]+ calls, \$[\d.,]+$"))
    choose(page, "Period", "between")
    page.get_by_label("From").fill("2001-01-01")
    page.get_by_label("From").press("Tab")
    expect(page.locator(".said")).to_contain_text("366 days")
    found += violations(page)

    assert found == []


def test_every_series_has_a_colour_that_is_seen(page: Page, served: Served) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        open_usage(page, served)
        colours: list[list[int]] = page.evaluate(
            """() => {
                const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
                const read = (colour) => {
                    canvas.fillStyle = colour;
                    canvas.fillRect(0, 0, 1, 1);
                    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
                };
                const swatches = [...document.querySelectorAll(".swatch")];
                return [document.body, ...swatches].map((node) => read(getComputedStyle(node).backgroundColor));
            }"""
        )
        ground, *series = map(luminance, colours)
        assert len({tuple(colour) for colour in colours}) == len(colours) == 10
        assert min((max(ground, one) + 0.05) / (min(ground, one) + 0.05) for one in series) >= 3


def luminance(colour: list[int]) -> float:
    """After the Web Content Accessibility Guidelines."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (each / 255 for each in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_where_it_was_not_built_there_is_all_but_the_chart(page: Page, served_plain: Served) -> None:
    open_usage(page, served_plain)
    [all_] = usage(served_plain, [], last(30).where)

    assert tiles(page)["Calls"] == f"{all_['calls']:,}"
    assert page.locator("svg").count() == 0
    assert len(rows(table(page, "Cost by day and project, in USD"))) == 30
    assert len(downloaded(page, "By project")) > 0
    assert violations(page) == []
