"""The cutting room: from takes to a film."""
