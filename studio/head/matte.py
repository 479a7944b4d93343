"""Where in a picture the person is, so that the background can stay still behind a moving head."""

from __future__ import annotations

import cv2
import numpy as np

from studio.head.faces import quiet
from studio.types import F32, U8


def person(image: U8) -> F32:
    """How much each pixel belongs to a person: float32 (H, W) in [0, 1], soft and a little wide at the outline.

    Args:
        image: RGB, uint8 (H, W, 3), a head and what is around it.
    """
    import mediapipe

    height, width = image.shape[:2]
    side = max(height, width)
    with quiet(), mediapipe.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0) as model:
        seen = model.process(np.ascontiguousarray(image)).segmentation_mask
    wide = max(3, int(side * 0.02)) | 1
    grown = cv2.dilate(seen, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide)))
    matte: F32 = np.clip(cv2.GaussianBlur(grown, (0, 0), side * 0.018), 0, 1).astype(np.float32)
    return matte
