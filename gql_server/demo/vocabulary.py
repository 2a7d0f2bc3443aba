"""The vocabulary of a demo project: most of its subject's terms."""

from gql_server.demo.identity import moment
from gql_server.demo.project import Plan
from gql_server.demo.seeds import TermSeed

_TERMS = 30
_FILED = 0.95


def vocabulary(plan: Plan) -> list[TermSeed]:
    rng = plan.rng("vocabulary")
    return [
        TermSeed(
            plan.row_id("term", number),
            term.term,
            term.definition,
            term.category if rng.random() < _FILED else None,
            moment(rng, plan.start, plan.end),
        )
        for number, term in enumerate(rng.sample(plan.subject.terms, _TERMS), start=1)
    ]
