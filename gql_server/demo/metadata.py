"""The metadata of a demo project: how its texts are written, published and kept."""

import json
from typing import Any

from gql_server.demo.identity import moment
from gql_server.demo.project import Plan
from gql_server.demo.seeds import MetadataSeed

_ALWAYS_KEPT = ("style_guide", "brand_voice", "publishing_schedule")


def metadata(plan: Plan) -> list[MetadataSeed]:
    rng = plan.rng("metadata")
    entries = {**plan.subject.metadata, **_own_entries(plan)}
    others = [key for key in entries if key not in _ALWAYS_KEPT]
    return [
        MetadataSeed(
            key,
            json.dumps(entries[key]["value"], ensure_ascii=False),
            entries[key].get("description"),
            moment(rng, plan.start, plan.end),
        )
        for key in [*_ALWAYS_KEPT, *rng.sample(others, rng.randint(3, 7))]
    ]


def _own_entries(plan: Plan) -> dict[str, dict[str, Any]]:
    rng = plan.rng("own_metadata")
    host = plan.place.lower().replace("'", "").replace(" ", "-")
    reviewed = moment(rng, plan.start, plan.end).date()
    return {
        "editorial_contact": {
            "description": "Who decides about texts.",
            "value": {"email": f"texts@{host}.example.org", "answers_within_days": rng.randint(1, 5)},
        },
        "last_review": {"value": reviewed.isoformat()},
    }
