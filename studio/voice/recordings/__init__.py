"""What people have on tape: heard, told apart, judged, cleaned, measured and shown."""
