"""The person: name, photo, the faces in it, and which of them speaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from studio.app.web.drawing import at, with_boxes
from studio.app.web.errors import shown_to_user
from studio.app.web.texts import label, language_of, say
from studio.types import U8, Face


@dataclass(frozen=True)
class Chosen:
    """A photo and the face in it that speaks. Kept on the server, one per open page."""

    photo: Path
    boxes: tuple[tuple[int, int, int, int], ...]
    """Of all faces from left to right, px of the photo."""
    index: int
    """Of the one that speaks."""

    @property
    def point(self) -> tuple[float, float]:
        """The middle of the face that speaks, px of the photo."""
        x0, y0, x1, y1 = self.boxes[self.index]
        return (x0 + x1) / 2, (y0 + y1) / 2


@dataclass(frozen=True)
class Reader:
    """How the panel sees a photo."""

    faces: Callable[[Path], Sequence[Face]]
    """All faces, the largest first."""
    image: Callable[[Path], U8]
    remembered: Callable[[Path], tuple[float, float] | None]
    """The face chosen in a photo before, as a point in px of it."""

    def look(self, path: Path) -> Chosen:
        """A photo with its faces; the one chosen before, else the largest, speaks.

        Raises:
            FaceNotFound: there is none; FileUnreadable, PhotoUnusable.
        """
        faces = self.faces(path)
        boxes = tuple(sorted(face.box for face in faces))
        index = boxes.index(faces[0].box)
        if (point := self.remembered(path)) is not None:
            before = [i for i, (x0, y0, x1, y1) in enumerate(boxes) if x0 <= point[0] < x1 and y0 <= point[1] < y1]
            index = before[0] if before else index
        return Chosen(path, boxes, index)


@dataclass(frozen=True)
class PhotoPanel:
    """What the panel holds."""

    photo: gr.Image
    further: gr.Files
    name: gr.Textbox
    dates: gr.Textbox
    chosen: gr.State
    """A `Chosen`, or None."""


def _who() -> tuple[gr.Textbox, gr.Textbox]:
    """The fields for their name and their dates."""
    with gr.Row():
        name = gr.Textbox(
            label=label("name_label"), placeholder=label("name_placeholder"), max_length=120, scale=2, elem_id="name"
        )
        dates = gr.Textbox(
            label=label("dates_label"), placeholder=label("dates_placeholder"), max_length=60, elem_id="dates"
        )
    return name, dates


def build(reader: Reader) -> PhotoPanel:
    """Add the panel."""
    chosen = gr.State(None)
    with gr.Column(elem_classes="card"):
        gr.Markdown(label("photo_heading"))
        name, dates = _who()
        gr.Markdown(label("photo_help"), elem_classes="help")
        # image_mode None: the file as it is, not a copy that Gradio encoded again.
        photo = gr.Image(
            label=label("photo_label"),
            placeholder=label("photo_placeholder"),
            type="filepath",
            image_mode=None,
            sources=["upload", "clipboard"],
            height=320,
            buttons=[],
            elem_id="photo",
        )
        with gr.Row(visible=False) as found:
            view = gr.Image(label=label("faces_label"), interactive=False, scale=3, buttons=[], elem_id="faces")
            with gr.Column(min_width=220, elem_id="faces-side"):
                note = gr.Markdown(elem_classes="help", elem_id="faces-note")
                which = gr.Radio(label=label("face_label"), choices=[], visible=False, elem_id="which-face")
                other = gr.Button(label("other_photo"), size="sm", elem_id="other-photo")
        further = gr.Files(
            label=label("further_label"), file_types=["image"], height=150, elem_id="further", elem_classes="drop"
        )

    def look(path: str | None, request: gr.Request) -> tuple[Any, ...]:
        if path is None:
            return None, gr.Image(visible=True), gr.Row(visible=False), None, "", gr.Radio(choices=[], visible=False)
        state = reader.look(Path(path))
        boxes = state.boxes
        language = language_of(request)
        several = len(boxes) > 1
        words = say("face_many", language, count=len(boxes)) if several else say("face_one", language)
        numbers = [(str(number + 1), number) for number in range(len(boxes))]
        picture = with_boxes(reader.image(state.photo), boxes, state.index)
        choice = gr.Radio(choices=numbers, value=state.index, visible=several)
        # One picture is enough: the one with the faces takes the place of the one that was dropped.
        return state, gr.Image(visible=False), gr.Row(visible=True), picture, words, choice

    def choose(state: Chosen | None, index: int | None) -> tuple[Any, Any]:
        if state is None or index is None or not 0 <= index < len(state.boxes) or index == state.index:
            return state, gr.skip()
        state = Chosen(state.photo, state.boxes, index)
        return state, with_boxes(reader.image(state.photo), state.boxes, index)

    def click(state: Chosen | None, event: gr.SelectData) -> Any:
        if state is None:
            return gr.skip()
        index = at(state.boxes, tuple(event.index), reader.image(state.photo).shape)
        return gr.skip() if index is None else index

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    shown = [chosen, photo, found, view, note, which]
    # First the photo before is forgotten: should the new one be refused, nobody else's face must speak.
    photo.change(lambda: None, None, chosen, **quiet).then(shown_to_user(look), photo, shown, **quiet)
    other.click(lambda: None, None, photo, **quiet)
    which.change(shown_to_user(choose), [chosen, which], [chosen, view], **quiet)
    view.select(shown_to_user(click), chosen, which, **quiet)
    return PhotoPanel(photo, further, name, dates, chosen)
