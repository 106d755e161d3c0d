"""The components of the page, by the names of their places."""

from collections.abc import Sequence
from typing import Any, TypeAlias, TypeVar

import gradio as gr

from duanci.phrases import Phrases
from duanci.sheets import Shown

T = TypeVar("T")
Names: TypeAlias = Sequence[str]  # of places
Updates: TypeAlias = list[Any]  # what Gradio takes from an event: a value for each place


class Places:
    """Where on the page what a `Chat` shows is put: a component of Gradio for each name."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {}

    def add(self, name: str, component: T) -> T:
        """Give a place its component."""
        self.components[name] = component
        return component

    def of(self, names: Names) -> list[Any]:
        """Return the components of some places; a page without an editor has not all."""
        return [self.components[name] for name in names if name in self.components]

    def put(self, shown: Shown, names: Names) -> Updates:
        """Put what is to be shown anew in its places; what has none of the names is left out."""
        changes: dict[str, dict[str, Any]] = {name: {} for name in names if name in self.components}
        for name, value in shown.items():
            for place, change in _changes(name, value).items():
                changes.get(place, {}).update(change)
        return [self._update(name, change) for name, change in changes.items()]

    def _update(self, name: str, change: dict[str, Any]) -> Any:
        """Return a bare value where that is all that changes: that costs Gradio the least."""
        is_value = isinstance(self.components[name], gr.HTML | gr.Chatbot | gr.Textbox)
        if is_value and change.keys() == {"value"}:
            return change["value"]
        return gr.update(**change) if change else gr.skip()


def _changes(name: str, value: Any) -> dict[str, dict[str, Any]]:
    if name == "editor":
        return {name: {"visible": value}}
    if name == "phrases":
        return {
            "chat": {"label": value.talk, "placeholder": _welcome(value)},
            "box": {"label": value.box, "placeholder": value.hint, "submit_btn": value.send},
            "draft": {"label": value.draft_text},
            "save": {"value": value.save},
            "cancel": {"value": value.cancel},
        }
    return {name: {"value": value}}


def add_editor(places: Places, phrases: Phrases) -> None:
    """Make the place where a paragraph is edited."""
    with gr.Column(elem_id="editor", visible=False) as editor:
        places.add("editor", editor)
        places.add("draft-head", make_html("", "draft-head"))
        text = gr.Textbox(
            elem_id="draft", label=phrases.draft_text, show_label=False, lines=8, max_lines=16
        )
        places.add("draft", text)
        with gr.Row():
            places.add("save", gr.Button(phrases.save, elem_id="save", variant="primary"))
            places.add("cancel", gr.Button(phrases.cancel, elem_id="cancel"))
        places.add("draft-problem", make_html("", "draft-problem"))


def _welcome(phrases: Phrases) -> str:
    return (
        f'<div class="welcome"><p class="welcome-title">{phrases.welcome_title}</p>'
        f"<p>{phrases.welcome}</p></div>"
    )


def make_html(markup: str, name: str) -> gr.HTML:
    """Make a place for markup of ours."""
    return gr.HTML(markup, elem_id=name, apply_default_css=False, js_on_load=None)


def make_chat(examples: tuple[str, ...], phrases: Phrases) -> gr.Chatbot:
    """Make the place of the messages.

    :param examples: questions to begin with.
    """
    return gr.Chatbot(
        elem_id="chat",
        label=phrases.talk,
        show_label=False,
        container=False,
        autoscroll=False,
        height="100%",
        layout="bubble",
        buttons=[],
        latex_delimiters=[],
        allow_tags=False,
        line_breaks=False,
        group_consecutive_messages=False,
        placeholder=_welcome(phrases),
        examples=[{"text": example} for example in examples],
    )


def make_box(phrases: Phrases) -> gr.Textbox:
    """Make the box that questions are typed in."""
    return gr.Textbox(
        elem_id="box",
        label=phrases.box,
        show_label=False,
        container=False,
        lines=1,
        max_lines=6,
        placeholder=phrases.hint,
        submit_btn=phrases.send,
        autofocus=True,
        html_attributes=gr.InputHTMLAttributes(enterkeyhint="send"),
    )
