"""What gifts may be for, as the platform's staff made it; CRMs call it a project or a fund."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Project:
    """A project, known by its code on both sides; `name` is what donors see, `active` whether it is offered to them."""

    code: str
    name: str
    description: str = ""
    active: bool = True
