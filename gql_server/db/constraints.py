"""What the caller of a change is told of a constraint that it would break, by the constraint's name."""

from gql_server.errors import UserError, UserErrorCode

CONSTRAINTS = {
    "projects_client_id_fkey": UserError(UserErrorCode.NOT_FOUND, "There is no such client.", ("client",)),
    "object_models_name_version_key": UserError(
        UserErrorCode.CONFLICT, "There is an object model with this name and version already.", ("version",)
    ),
    "prompts_object_model_id_fkey": UserError(
        UserErrorCode.NOT_FOUND, "There is no such object model.", ("objectModel",)
    ),
    "llm_usage_prompt_id_fkey": UserError(
        UserErrorCode.CONFLICT, "Language models were called with this prompt, so that it stays.", ("prompt",)
    ),
}
