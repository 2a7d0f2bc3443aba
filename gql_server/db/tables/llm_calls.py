"""What is written of each call of a language model: a row before it begins, and what it came to when it ends."""

from decimal import Decimal
from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db.database import Transaction

THIS_MONTH: LiteralString = "created_at >= date_trunc('month', CURRENT_TIMESTAMP AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"

# What is spent is summed only where there is a budget to compare it with.
SELECT_BUDGETS: LiteralString = f"""
SELECT p.monthly_budget,
    CASE WHEN p.monthly_budget IS NOT NULL THEN (
        SELECT coalesce(sum(cost), 0) FROM public.llm_usage WHERE project_id = p.id AND {THIS_MONTH}
    ) END,
    c.monthly_budget,
    CASE WHEN c.monthly_budget IS NOT NULL THEN (
        SELECT coalesce(sum(cost), 0) FROM public.llm_usage WHERE {THIS_MONTH} AND project_id IN (
            SELECT id FROM public.projects WHERE client_id = c.id
            UNION ALL
            SELECT id FROM public.deleted_projects WHERE client_id = c.id
        )
    ) END
FROM public.projects AS p JOIN public.clients AS c ON c.id = p.client_id WHERE p.id = $1
"""

# The prompt may have been deleted meanwhile.
INSERT: LiteralString = """
INSERT INTO public.llm_usage (
    project_id, prompt_id, generation_id, model, tokens_in, tokens_out, cost, status, is_estimated
)
VALUES ($1, (SELECT id FROM public.prompts WHERE id = $2), $3, $4, $5, 0, $6, 'started', TRUE)
RETURNING id
"""

UPDATE: LiteralString = """
UPDATE public.llm_usage SET
    status = $2, tokens_in = $3, tokens_out = $4, cost = $5, details = $6::jsonb, is_estimated = $7,
    finished_at = CURRENT_TIMESTAMP
WHERE id = $1
"""

UPDATE_LOST: LiteralString = """
UPDATE public.llm_usage SET status = 'lost', finished_at = CURRENT_TIMESTAMP
WHERE project_id = $1 AND generation_id = $2 AND status = 'started'
"""


class Budget(NamedTuple):
    """What may be spent in a month, and what has been spent in this one, in US dollars."""

    limit: Decimal
    spent: Decimal


class Budgets(NamedTuple):
    """None where nothing is limited."""

    project: Budget | None
    client: Budget | None

    @property
    def exhausted(self) -> str | None:
        """A sentence about the one that is spent; None while none is."""
        for whose, budget in zip(self._fields, self, strict=True):
            if budget is not None and budget.spent >= budget.limit:
                return f"The {whose} has spent {budget.spent:f} of its {budget.limit:f} US dollars for this month."
        return None


class NewCall(NamedTuple):
    """A call that is about to begin; `tokens_in` and `cost` are estimates of what is sent."""

    project_id: UUID
    prompt_id: UUID | None
    generation_id: UUID
    model: str
    tokens_in: int
    cost: Decimal | None


class EndedCall(NamedTuple):
    """What a call came to; `details` is JSON as text."""

    status: str
    tokens_in: int
    tokens_out: int
    cost: Decimal | None
    details: str | None
    is_estimated: bool


async def select_budgets(transaction: Transaction, project_id: UUID) -> Budgets:
    records = await transaction.fetch(SELECT_BUDGETS, project_id)
    if not records:
        return Budgets(None, None)
    project, of_project, client, of_client = records[0]
    return Budgets(
        None if project is None else Budget(project, of_project), None if client is None else Budget(client, of_client)
    )


async def insert(transaction: Transaction, call: NewCall) -> UUID:
    [record] = await transaction.fetch(INSERT, *call)
    return record[0]


async def update(transaction: Transaction, call_id: UUID, ended: EndedCall) -> None:
    await transaction.fetch(UPDATE, call_id, *ended)


async def mark_lost(transaction: Transaction, project_id: UUID, generation_id: UUID) -> None:
    """Ends the calls that nobody has seen the end of; the estimates of what was sent stay."""
    await transaction.fetch(UPDATE_LOST, project_id, generation_id)
