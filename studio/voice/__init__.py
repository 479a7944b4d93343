"""From recordings and words to speech on a clock."""
