"""The doors: command line, page, worker."""
