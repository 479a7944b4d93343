"""Labels, metadata and consent: what is real, what is made, and who allowed it."""
