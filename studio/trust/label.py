"""What marks a film as made by a machine: words in the picture and keys in the container."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from studio.types import Language

LABEL: dict[Language, str] = {"en": "AI reconstruction", "zh": "AI 重现"}
DRAFT: dict[Language, str] = {"en": "DRAFT: NO CONSENT RECORD", "zh": "草稿：未登记授权 · DRAFT: NO CONSENT RECORD"}
WordSource = Literal["verbatim", "adapted", "written"]
SOURCES: dict[Language, dict[WordSource, str]] = {
    "en": {"verbatim": "verbatim", "adapted": "adapted", "written": "written for this film"},
    "zh": {"verbatim": "原话", "adapted": "改编", "written": "为本片撰写"},
}


def metadata(producer: str, produce_id: str, comment: str) -> Mapping[str, str]:
    """Container tags: the AIGC key of GB 45438-2025 (Label 1: generated) and a comment for people.

    Args:
        producer: who made the content; here the program.
        produce_id: names this very film; the hash of its recipe.
    """
    aigc = {
        "Label": "1",
        "ContentProducer": producer,
        "ProduceID": produce_id,
        "ReservedCode1": "",
        "ContentPropagator": "",
        "PropagateID": "",
        "ReservedCode2": "",
    }
    return {"AIGC": json.dumps(aigc, ensure_ascii=False, separators=(",", ":")), "comment": comment}


def xmp(tags: Mapping[str, str]) -> bytes:
    """The same marks for a still picture, as an XMP packet: the AIGC property of TC260 and IPTC's digital source type.

    Args:
        tags: of `metadata`.
    """
    from xml.sax.saxutils import escape, quoteattr

    source = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    text = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f"TC260:AIGC={quoteattr(tags['AIGC'])} Iptc4xmpExt:DigitalSourceType={quoteattr(source)}>"
        f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{escape(tags["comment"])}</rdf:li></rdf:Alt>'
        "</dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    )
    return text.encode("utf-8")
