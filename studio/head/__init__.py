"""From a photo and a performance to frames in which it speaks."""
