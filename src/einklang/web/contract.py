"""The API's contract as it is: every endpoint names the refusals it may answer with, in their own form."""

from typing import Any

from ninja import NinjaAPI

from einklang.web.api import REFUSALS, Problem

PROBLEM_REFERENCE = {"$ref": "#/components/schemas/Problem"}
MEANING = {
    400: "Not JSON, or not of any form.",
    401: "Not signed in, or a token that no longer holds.",
    403: "Your role, or the token's scope, does not allow this.",
    404: "It is not there, or you may not know of it.",
    409: "A rule said no.",
    412: "Somebody changed it since you read it.",
    422: "Not of the form this address takes, or a question that has no answer.",
    428: "The version that you read is missing.",
}


class HouseAPI(NinjaAPI):
    """An API whose OpenAPI page tells refusals truly: as problem documents (RFC 9457), at every endpoint."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """The contract, with every refusal at every endpoint."""
        schema = super().get_openapi_schema(**options)
        schema["components"].setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        for path in schema["paths"].values():
            for operation in path.values():
                _name_refusals(operation["responses"])
        return schema


def _name_refusals(responses: dict[int, Any]) -> None:
    for status in {*REFUSALS, 400, 428, *(status for status in responses if int(status) >= 400)}:
        responses[status] = {
            "description": MEANING.get(int(status), "Refused."),
            "content": {"application/problem+json": {"schema": PROBLEM_REFERENCE}},
        }
