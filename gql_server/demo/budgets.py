"""What demo projects and clients may spend in a month, so that none but an archived one has spent it."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_UP, Decimal

from gql_server.demo.project import Plan
from gql_server.demo.seeds import UsageSeed

# Those that do most of a month's work early come close to their budget for the rest of it.
_EARLY = Decimal("1.05")
_ARCHIVED = Decimal("0.3")
_OTHERS = (Decimal(4), None, Decimal("1.6"), None, Decimal("2.5"), None, None, None)


def project_budget(plan: Plan, calls: Iterable[UsageSeed]) -> Decimal | None:
    leeway = _leeway(plan)
    return None if leeway is None else monthly_budget(calls, leeway)


def monthly_budget(calls: Iterable[UsageSeed], leeway: Decimal) -> Decimal | None:
    """`leeway` times the cost of the busiest month, rounded up to two digits; None when nothing was paid."""
    costs: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for call in calls:
        costs[call.created_at.year, call.created_at.month] += call.cost or 0
    budget = leeway * max(costs.values(), default=Decimal())
    return budget.quantize(Decimal(1).scaleb(budget.adjusted() - 1), ROUND_UP) if budget else None


def _leeway(plan: Plan) -> Decimal | None:
    """A budget as a multiple of what the busiest month has cost."""
    if plan.status == "archived":
        return _ARCHIVED
    return _EARLY if plan.is_early else _OTHERS[(plan.number - 1) % len(_OTHERS)]
