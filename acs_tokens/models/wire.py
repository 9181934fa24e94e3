"""What all bodies share: camelCase on the wire, strict, and silent about what they were given."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        defer_build=True,  # until first use: most processes never use most models
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )
