"""What mutations should do, in plain Python: how each changes the model, and what it answers with."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from model import ADMIN, BROKEN, LISTS, Done, Keys, Model, Path, Project, Refused, Row, home, project_id

from gql_server.schema.ids import IdKind

SHAPES: dict[str, Row] = {
    "createProject": {"project": None},
    "updateProject": {"project": None},
    "archiveProject": {"project": None},
    "restoreProject": {"project": None},
    "deleteProject": {"deletedId": None},
    "createContent": {"content": None},
    "updateContent": {"content": None},
    "deleteContents": {"deletedIds": []},
    "saveTerms": {"terms": []},
    "deleteTerms": {"deletedIds": []},
    "setMetadata": {"entries": []},
    "deleteMetadata": {"deletedKeys": []},
    "createPromptComponent": {"promptComponent": None},
    "adaptPrompt": {"promptComponent": None},
    "updatePromptComponent": {"promptComponent": None},
    "deletePromptComponents": {"deletedIds": []},
    "generateContent": {"generation": None},
    "generateContents": {"generations": []},
    "cancelGeneration": {"generation": None},
    "retryGeneration": {"generation": None},
}
"""What each mutation answers with when nothing was changed."""


def answer(model: Model, viewer: str, mutation: str, input: Row, made: Iterator[str]) -> Row:
    """Makes a change, and says what it answers with; `made` are the ids that new things got, in their order."""
    change = Asked(model, viewer, mutation, input, made)
    try:
        return {**SHAPES[mutation], **CHANGES[mutation](change), "userErrors": []}
    except Refused as refused:
        return {**SHAPES[mutation], **refused.shown, "userErrors": refused.errors}


class Checks:
    """Collects what is wrong with an input, in the order of its fields."""

    def __init__(self) -> None:
        self.errors: list[tuple[str, Path]] = []

    def refuse(self, *path: str, code: str = "INVALID") -> None:
        self.errors.append((code, path))

    def line(self, value: str | None, *path: str, longest: int = 255) -> str:
        """A line that has to be there, without the spaces around it."""
        if value is None:
            self.refuse(*path, code="REQUIRED")
            return ""
        if not 1 <= len(value.strip()) <= longest:
            self.refuse(*path)
        self.text(value, *path)
        return value.strip()

    def optional(self, value: str | None, *path: str, longest: int = 255) -> str | None:
        return None if value is None else self.line(value, *path, longest=longest)

    def there(self, value: Any, *path: str) -> Any:
        if value is None:
            self.refuse(*path, code="REQUIRED")
        return value

    def text(self, value: str | None, *path: str) -> None:
        if value is None:
            self.refuse(*path, code="REQUIRED")
        elif any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
            self.refuse(*path)

    def template(self, value: str | None, *path: str) -> None:
        self.text(value, *path)
        if value == BROKEN:
            self.refuse(*path)

    def json(self, input: Row, name: str) -> None:
        """A field with an object or null, and one with a patch of it."""
        if not isinstance(input.get(name), dict | None):
            self.refuse(name)
        if f"{name}Patch" in input:
            if not isinstance(input[f"{name}Patch"], dict):
                self.refuse(f"{name}Patch")
            if name in input:
                self.refuse(f"{name}Patch")

    def once(self, names: Sequence[str], field: str, *last: str) -> None:
        for place, name in enumerate(names):
            if name in names[:place]:
                self.refuse(field, str(place), *last)

    def finish(self) -> None:
        if self.errors:
            raise Refused(*self.errors)


@dataclass
class Asked:
    """A mutation as it is asked for."""

    model: Model
    viewer: str
    mutation: str
    input: Row
    made: Iterator[str]

    def given(self, *fields: str) -> Row:
        """Those fields that the input gives."""
        return {name: self.input[name] for name in fields if name in self.input}

    def once(self, keys: Keys, work: Callable[[], list[str]]) -> list[str]:
        """Makes a change unless it was made under its key before."""
        key = self.input.get("idempotencyKey")
        if key is None:
            return work()
        asked = json.dumps([self.mutation, self.input])
        done = keys.get((self.viewer, key))
        if done and done.asked != asked:
            raise Refused(("IDEMPOTENCY_CONFLICT", ("idempotencyKey",)))
        if not done:
            done = keys[self.viewer, key] = Done(asked, work())
        return done.made

    def check_key(self) -> None:
        if self.input.get("idempotencyKey") == "":
            raise Refused(("INVALID", ("idempotencyKey",)))

    def hold(self) -> Project:
        """The project that the input names."""
        project = self.model.visible(self.viewer, project_id(self.input["project"]))
        if project is None:
            raise Refused(("NOT_FOUND", ("project",)))
        return project

    def inside(self, id_: str, paths: Sequence[Path], work: Callable[[Project], list[str]]) -> list[str]:
        """Changes what is in a project, which the input names at `paths`."""
        self.check_key()
        project = self.model.visible(self.viewer, id_)
        if project is None:
            raise Refused(*(("NOT_FOUND", path) for path in paths))

        def unless_archived() -> list[str]:
            if project.node["status"] == "ARCHIVED":
                raise Refused(("CONFLICT", paths[0]))
            return work(project)

        return self.once(project.keys, unless_archived)

    def row(self, kind: IdKind, id_: str) -> Row | None:
        """A node as it is now, for the one who asks."""
        project = self.model.visible(self.viewer, home(id_))
        row = getattr(project, LISTS[kind]).get(id_) if project else None
        return dict(row) if row else None

    def delete(self, kind: IdKind, field: str) -> Row:
        ids: list[str] = self.input[field]
        if not ids:
            raise Refused(("REQUIRED", (field,)))
        strangers = [str(place) for place, id_ in enumerate(ids) if home(id_) != home(ids[0])]
        if strangers:
            raise Refused(*(("INVALID", (field, place)) for place in strangers))
        checks = Checks()
        checks.once(ids, field)
        checks.finish()

        def work(project: Project) -> list[str]:
            take_away(getattr(project, LISTS[kind]), ids, field)
            return []

        self.inside(home(ids[0]), [(field, str(place)) for place, _ in enumerate(ids)], work)
        return {"deletedIds": ids}


def create_project(asked: Asked) -> Row:
    values, model = asked.input, asked.model
    client = model.clients.get(asked.viewer) if values.get("client") is None else values["client"]
    if client is None:
        raise Refused(("REQUIRED", ("client",)))
    checks = Checks()
    name = checks.line(values["name"], "name")
    checks.json(values, "settings")
    checks.finish()
    if asked.viewer != ADMIN and client != model.clients[asked.viewer]:
        raise Refused(("NOT_FOUND", ("client",)))
    asked.check_key()

    def work() -> list[str]:
        if client not in model.clients.values():
            raise Refused(("NOT_FOUND", ("client",)))
        id_ = next(asked.made)
        node = {"id": id_, "name": name, "status": "ACTIVE", "settings": values.get("settings")}
        model.projects[id_] = Project({**node, "client": {"id": client}})
        return [id_]

    [id_] = asked.once(model.keys, work)
    return shown_project(asked, id_)


def update_project(asked: Asked) -> Row:
    values = asked.input
    checks = Checks()
    changes = asked.given("name", "settings")
    if "name" in values:
        changes["name"] = checks.line(values["name"], "name")
    checks.json(values, "settings")
    checks.finish()
    asked.check_key()

    def work() -> list[str]:
        project = asked.hold()
        if project.node["status"] == "ARCHIVED":
            raise Refused(("CONFLICT", ("project",)))
        if "settingsPatch" in values:
            changes["settings"] = merge_patch(project.node["settings"], values["settingsPatch"])
        project.node.update(changes)
        return []

    asked.once(asked.model.keys, work)
    return shown_project(asked, project_id(values["project"]))


def set_status(status: str) -> Callable[[Asked], Row]:
    def change(asked: Asked) -> Row:
        asked.check_key()

        def work() -> list[str]:
            asked.hold().node["status"] = status
            return []

        asked.once(asked.model.keys, work)
        return shown_project(asked, project_id(asked.input["project"]))

    return change


def delete_project(asked: Asked) -> Row:
    asked.check_key()

    def work() -> list[str]:
        project = asked.hold()
        if asked.input["confirmName"].strip() != project.node["name"]:
            raise Refused(("INVALID", ("confirmName",)))
        del asked.model.projects[project.id]
        return []

    asked.once(asked.model.keys, work)
    return {"deletedId": project_id(asked.input["project"])}


def create_content(asked: Asked) -> Row:
    values = asked.input
    checks = Checks()
    title = checks.optional(values.get("title"), "title")
    checks.text(values["body"], "body")
    checks.json(values, "metadata")
    checks.finish()

    def work(project: Project) -> list[str]:
        _require_object_model(asked)
        id_ = next(asked.made)
        row = {"id": id_, "title": title, "body": values["body"], "metadata": values.get("metadata"), "version": 1}
        project.contents[id_] = {**row, "objectModel": {"id": values["objectModel"]}}
        return [id_]

    [id_] = asked.inside(project_id(values["project"]), [("project",)], work)
    return {"content": asked.row(IdKind.CONTENT, id_)}


def update_content(asked: Asked) -> Row:
    values = asked.input
    checks = Checks()
    changes = asked.given("body", "metadata")
    if "title" in values:
        changes["title"] = checks.optional(values["title"], "title")
    if "body" in values:
        checks.text(values["body"], "body")
    if "objectModel" in values:
        changes["objectModel"] = {"id": checks.there(values["objectModel"], "objectModel")}
    checks.json(values, "metadata")
    checks.finish()

    def work(project: Project) -> list[str]:
        if "objectModel" in values:
            _require_object_model(asked)
        content = found(project.contents, values["content"], "content")
        if values.get("expectedVersion") not in (None, content["version"]):
            raise Refused(("STALE_VERSION", ("expectedVersion",)), shown={"content": dict(content)})
        if "metadataPatch" in values:
            changes["metadata"] = merge_patch(content["metadata"], values["metadataPatch"])
        content.update(changes, version=content["version"] + bool(changes))
        return []

    asked.inside(home(values["content"]), [("content",)], work)
    return {"content": asked.row(IdKind.CONTENT, values["content"])}


def _require_object_model(asked: Asked) -> None:
    if asked.input["objectModel"] not in asked.model.object_models:
        raise Refused(("NOT_FOUND", ("objectModel",)))


def save_terms(asked: Asked) -> Row:
    checks = Checks()
    saved: list[Row] = []
    for place, item in enumerate(asked.input["terms"]):
        at = ("terms", str(place))
        checks.text(item["definition"], *at, "definition")
        row = {"term": checks.line(item["term"], *at, "term"), "definition": item["definition"]}
        category = checks.optional(item.get("category"), *at, "category", longest=100)
        saved.append({**row, "category": category} if "category" in item else row)
    checks.once([row["term"] for row in saved], "terms", "term")
    if not saved:
        checks.refuse("terms")
    checks.finish()

    def work(project: Project) -> list[str]:
        ids = {row["term"]: id_ for id_, row in project.vocabulary.items()}
        for row in saved:
            if row["term"] not in ids:
                id_ = ids[row["term"]] = next(asked.made)
                project.vocabulary[id_] = {"id": id_, "category": None}
            project.vocabulary[ids[row["term"]]].update(row)
        return [ids[row["term"]] for row in saved]

    ids = asked.inside(project_id(asked.input["project"]), [("project",)], work)
    return {"terms": [asked.row(IdKind.TERM, id_) for id_ in ids]}


def set_metadata(asked: Asked) -> Row:
    checks = Checks()
    saved: list[Row] = []
    for place, item in enumerate(asked.input["entries"]):
        at = ("entries", str(place))
        if item.get("description") is not None:
            checks.text(item["description"], *at, "description")
        saved.append({**item, "key": checks.line(item["key"], *at, "key")})
    keys = [entry["key"] for entry in saved]
    checks.once(keys, "entries", "key")
    if not saved:
        checks.refuse("entries")
    checks.finish()

    def work(project: Project) -> list[str]:
        for entry in saved:
            project.metadata.setdefault(entry["key"], {"description": None}).update(entry)
        return []

    id_ = project_id(asked.input["project"])
    asked.inside(id_, [("project",)], work)
    entries = asked.model.projects[id_].metadata
    return {"entries": [dict(entries[key]) for key in sorted(keys) if key in entries]}


def delete_metadata(asked: Asked) -> Row:
    keys: list[str] = asked.input["keys"]
    checks = Checks()
    if not keys:
        checks.refuse("keys")
    for place, key in enumerate(keys):
        checks.text(key, "keys", str(place))
    checks.once(keys, "keys")
    checks.finish()

    def work(project: Project) -> list[str]:
        take_away(project.metadata, keys, "keys")
        return []

    asked.inside(project_id(asked.input["project"]), [("project",)], work)
    return {"deletedKeys": keys}


def create_prompt_component(asked: Asked) -> Row:
    values = asked.input
    checks = Checks()
    name = checks.line(values["name"], "name")
    checks.template(values["content"], "content")
    checks.finish()
    row = {"name": name, "content": values["content"], "basePrompt": None, "basePromptVersion": None}
    return _add_component(asked, lambda: row)


def adapt_prompt(asked: Asked) -> Row:
    values = asked.input
    checks = Checks()
    name = checks.optional(values.get("name"), "name")
    checks.finish()

    def row() -> Row:
        if values["prompt"] not in asked.model.prompts:
            raise Refused(("NOT_FOUND", ("prompt",)))
        own, template, version = asked.model.prompts[values["prompt"]]
        base = {"basePrompt": {"id": values["prompt"]}, "basePromptVersion": version}
        return {"name": name or own, "content": template, **base}

    return _add_component(asked, row)


def _add_component(asked: Asked, row: Callable[[], Row]) -> Row:
    def work(project: Project) -> list[str]:
        new = row()
        id_ = next(asked.made)
        project.promptComponents[id_] = {"id": id_, **new}
        return [id_]

    [id_] = asked.inside(project_id(asked.input["project"]), [("project",)], work)
    return {"promptComponent": asked.row(IdKind.PROMPT_COMPONENT, id_)}


def update_prompt_component(asked: Asked) -> Row:
    values = asked.input
    checks = Checks()
    changes = asked.given("content", "basePromptVersion")
    if "name" in values:
        changes["name"] = checks.line(values["name"], "name")
    if "content" in values:
        checks.template(values["content"], "content")
    if "basePromptVersion" in values:
        checks.there(values["basePromptVersion"], "basePromptVersion")
    checks.finish()

    def work(project: Project) -> list[str]:
        component = found(project.promptComponents, values["promptComponent"], "promptComponent")
        if "basePromptVersion" in values:
            base = component["basePrompt"]
            newest = asked.model.prompts[base["id"]][2] if base else 0
            if not 1 <= values["basePromptVersion"] <= newest:
                raise Refused(("INVALID", ("basePromptVersion",)))
        component.update(changes)
        return []

    asked.inside(home(values["promptComponent"]), [("promptComponent",)], work)
    return {"promptComponent": asked.row(IdKind.PROMPT_COMPONENT, values["promptComponent"])}


def generate_content(asked: Asked) -> Row:
    try:
        wanted = [_generation(asked, asked.input)]
    except Refused as refused:
        wanted = refused
    return {"generation": _generate(asked, wanted)[0]}


def generate_contents(asked: Asked) -> Row:
    requests: list[Row] = asked.input["requests"]
    if not requests:
        raise Refused(("INVALID", ("requests",)))
    wanted: list[Row] = []
    errors: list[tuple[str, Path]] = []
    for place, request in enumerate(requests):
        try:
            wanted.append(_generation(asked, request))
        except Refused as refused:
            at = ("requests", str(place))
            errors += [(error["code"], (*at, *error["path"][1:])) for error in refused.errors]
    return {"generations": _generate(asked, Refused(*errors) if errors else wanted)}


def _generate(asked: Asked, wanted: list[Row] | Refused) -> list[Row | None]:
    """What is wrong with a request is said when it was not made before, and could be made at all."""
    id_ = project_id(asked.input["project"])
    if asked.model.visible(asked.viewer, id_) is None:
        raise Refused(("NOT_FOUND", ("project",)))

    def work(project: Project) -> list[str]:
        if isinstance(wanted, Refused):
            raise wanted
        ids = [next(asked.made) for _ in wanted]
        project.generations.update({id_: {"id": id_, **row} for id_, row in zip(ids, wanted, strict=True)})
        return ids

    return [asked.row(IdKind.GENERATION, id_) for id_ in asked.inside(id_, [("project",)], work)]


def _generation(asked: Asked, request: Row) -> Row:
    """What is waited for; the templates name a topic, and the prompts no object model."""
    prompt, model, variables = request.get("prompt"), request.get("objectModel"), request.get("variables")
    if prompt is None:
        raise Refused(("REQUIRED", ("prompt",)))
    if prompt not in asked.model.prompts:
        raise Refused(("NOT_FOUND", ("prompt",)))
    if not isinstance(variables, dict | None):
        raise Refused(("INVALID", ("variables",)))
    if "topic" not in (variables or {}):
        raise Refused(("TEMPLATE_ERROR", ("prompt",)))
    if model not in asked.model.object_models:
        raise Refused(("REQUIRED" if model is None else "NOT_FOUND", ("objectModel",)))
    if request.get("model") != "sample":
        raise Refused(("NOT_FOUND" if request.get("model") else "REQUIRED", ("model",)))
    return {
        "status": "QUEUED",
        "attempt": 0,
        "model": "sample",
        "variables": variables,
        "prompt": {"id": prompt},
        "promptVersion": asked.model.prompts[prompt][2],
        "objectModel": {"id": model},
        "retryOf": None,
    }


def cancel_generation(asked: Asked) -> Row:
    id_ = asked.input["generation"]

    def work(project: Project) -> list[str]:
        found(project.generations, id_, "generation")["status"] = "CANCELLED"
        return []

    asked.inside(home(id_), [("generation",)], work)
    return {"generation": asked.row(IdKind.GENERATION, id_)}


def retry_generation(asked: Asked) -> Row:
    id_ = asked.input["generation"]

    def work(project: Project) -> list[str]:
        row = found(project.generations, id_, "generation")
        if row["status"] != "CANCELLED":
            raise Refused(("CONFLICT", ("generation",)))
        new = next(asked.made)
        project.generations[new] = {**row, "id": new, "status": "QUEUED", "retryOf": {"id": id_}}
        return [new]

    [new] = asked.inside(home(id_), [("generation",)], work)
    return {"generation": asked.row(IdKind.GENERATION, new)}


CHANGES: dict[str, Callable[[Asked], Row]] = {
    "createProject": create_project,
    "updateProject": update_project,
    "archiveProject": set_status("ARCHIVED"),
    "restoreProject": set_status("ACTIVE"),
    "deleteProject": delete_project,
    "createContent": create_content,
    "updateContent": update_content,
    "deleteContents": lambda asked: asked.delete(IdKind.CONTENT, "contents"),
    "saveTerms": save_terms,
    "deleteTerms": lambda asked: asked.delete(IdKind.TERM, "terms"),
    "setMetadata": set_metadata,
    "deleteMetadata": delete_metadata,
    "createPromptComponent": create_prompt_component,
    "adaptPrompt": adapt_prompt,
    "updatePromptComponent": update_prompt_component,
    "deletePromptComponents": lambda asked: asked.delete(IdKind.PROMPT_COMPONENT, "promptComponents"),
    "generateContent": generate_content,
    "generateContents": generate_contents,
    "cancelGeneration": cancel_generation,
    "retryGeneration": retry_generation,
}


def shown_project(asked: Asked, id_: str) -> Row:
    project = asked.model.visible(asked.viewer, id_)
    return {"project": dict(project.node) if project else None}


def merge_patch(target: Any, patch: Any) -> Any:
    """JSON Merge Patch, as RFC 7396 has it in its section 2."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def found(rows: dict[str, Row], id_: str, field: str) -> Row:
    if id_ not in rows:
        raise Refused(("NOT_FOUND", (field,)))
    return rows[id_]


def take_away(rows: dict[str, Row], names: Sequence[str], field: str) -> None:
    absent = [str(place) for place, name in enumerate(names) if name not in rows]
    if absent:
        raise Refused(*(("NOT_FOUND", (field, place)) for place in absent))
    for name in names:
        del rows[name]
