"""One file per speech engine."""
