"""How every weight in models/ was made."""
