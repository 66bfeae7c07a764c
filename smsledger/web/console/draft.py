"""What stands in a form, and what is wrong with it: nothing that was typed is lost."""

from collections.abc import Callable
from typing import Any, TypeVar

from smsledger.web.console.form import Form

T = TypeVar("T")


class Draft:
    """A form as it was typed, or as it is to be shown first, with a sentence for each problem."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.problems: dict[str, str] = {}

    @classmethod
    def of(cls, **fields: str) -> "Draft":
        """A form to be shown first; an absent or empty field is a box that is not ticked."""
        return cls(Form({name: [text] for name, text in fields.items() if text}))

    def text(self, name: str) -> str:
        """What stands in a field."""
        return self.form.text(name)

    def has(self, name: str, value: str = "1") -> bool:
        """Whether the box of a field that has this value is ticked."""
        return value in self.form.texts(name)

    def problem(self, name: str) -> str:
        """What is wrong with a field; empty where nothing is."""
        return self.problems.get(name, "")

    def add_error(self, name: str, sentence: str) -> None:
        """Say that something is wrong with a field."""
        self.problems.setdefault(name, f"{sentence[:1].upper()}{sentence[1:]}.")

    def take(self, name: str, parse: Callable[..., T], *arguments: Any) -> T | None:
        """What a parser makes of a field's text, or of the arguments; None if it does not fit."""
        try:
            return parse(*arguments or (self.text(name),))
        except ValueError as error:
            self.add_error(name, str(error))
            return None

    def take_any(self, name: str, parse: Callable[..., T], *arguments: Any) -> T | None:
        """The same of a field that may be left empty, which is None too."""
        return self.take(name, parse, *arguments) if self.text(name) else None
