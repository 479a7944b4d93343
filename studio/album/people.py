"""Who is who: faces of all pictures sorted into people, the one who is there most first.

Faces of one picture are different people. What is left apart is better than what is thrown together: somebody may be
there twice, as a child and as an old woman, and both are named with `--person`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from studio.album import likeness
from studio.album.record import FaceSeen, Picture
from studio.types import F32

# Mean likeness of the faces of one person, see `likeness.vectors`. Measured on 332 faces of 87 people, most pairs from
# one clip (`benchmarks/likeness.py`): of 100 pairs that come together 99 are one person, and of 100 of one person 84
# come together. At .42 ten of a hundred are wrong.
TOGETHER = 0.44
MOST = 2400  # faces that are sorted at once; further ones join the person they are most like
_APART = 3.0  # distance of two faces of one picture: more than two opposite vectors have
_LEAST = 2  # pictures of somebody who is counted as a person
CLEARLY = 3  # pictures from which somebody is taken for the one the film is about, where nobody says


@dataclass(frozen=True)
class Person:
    """Somebody who is in several pictures."""

    number: int
    """From 1; whoever is in most pictures comes first."""
    faces: tuple[tuple[int, int], ...]
    """(place of the picture, place of the face in it), the best ones first."""

    @property
    def pictures(self) -> int:
        """In how many pictures."""
        return len({picture for picture, _ in self.faces})


def sorted_out(pictures: Sequence[Picture]) -> tuple[tuple[Picture, ...], tuple[Person, ...]]:
    """The pictures with the number of the person at each face, and the people."""
    where = [
        (place, number)
        for place, picture in enumerate(pictures)
        for number, face in enumerate(picture.looked.faces)
        if face.features
    ]
    where.sort(key=lambda one: -_clear(_face(pictures, one)))
    vectors = likeness.vectors([_face(pictures, one).features for one in where])
    labels = grouped(vectors, [place for place, _ in where])
    members: dict[int, list[tuple[int, int]]] = {}
    for label, one in zip(labels, where, strict=True):
        members.setdefault(label, []).append(one)
    kept = [faces for faces in members.values() if len({place for place, _ in faces}) >= _LEAST]
    kept.sort(key=lambda faces: (-len({place for place, _ in faces}), faces[0]))
    people = tuple(Person(number, tuple(faces)) for number, faces in enumerate(kept, 1))
    whose = {one: person.number for person in people for one in person.faces}
    named = tuple(
        replace(picture, people=tuple(whose.get((place, number), 0) for number in range(len(picture.looked.faces))))
        for place, picture in enumerate(pictures)
    )
    return named, people


def grouped(vectors: F32, pictures: Sequence[int]) -> list[int]:
    """A label for each face: those who are alike on average share one (average linkage).

    Args:
        vectors: float32 (N, D) of unit length, the clearest faces first.
        pictures: which picture each face is in; two of one picture never share a label.
    """
    first = vectors[:MOST]
    alike = first @ first.T
    known = np.asarray(pictures[:MOST])
    alike[known[:, None] == known[None, :]] = 1 - _APART
    labels = labelled(alike, TOGETHER)
    return labels + _joined(vectors, labels, pictures)


def labelled(alike: F32, together: float) -> list[int]:
    """A label from 1 for each face: those share one who are on average more alike than `together`.

    Args:
        alike: float32 (N, N), −1 … 1; the diagonal does not count.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(alike) < 2:
        return [1] * len(alike)
    apart = np.maximum(1 - alike, 0)
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), "average")
    return [int(label) for label in fcluster(tree, 1 - together, "distance")]


def _joined(vectors: F32, labels: Sequence[int], pictures: Sequence[int]) -> list[int]:
    """Labels for the faces beyond the first: those of whom they are most like, on average."""
    rest = vectors[len(labels) :]
    if not len(rest):
        return []
    count = max(labels)
    means = np.stack([vectors[: len(labels)][np.array(labels) == label + 1].mean(axis=0) for label in range(count)])
    taken = {(place, label) for place, label in zip(pictures, labels, strict=False)}
    found = []
    for number, alike in enumerate(rest @ means.T):
        best = int(np.argmax(alike)) + 1
        place = pictures[len(labels) + number]
        own = alike[best - 1] >= TOGETHER and (place, best) not in taken
        label = best if own else count + 1 + number
        taken.add((place, label))
        found.append(label)
    return found


def _face(pictures: Sequence[Picture], one: tuple[int, int]) -> FaceSeen:
    return pictures[one[0]].looked.faces[one[1]]


def _clear(face: FaceSeen) -> float:
    """How well a face shows who it is: large, from the front, eyes open."""
    return min(face.tall, 0.35) * (1 - min(abs(face.turned), 60) / 80) * (1.0 if face.eyes > 0.08 else 0.6)
