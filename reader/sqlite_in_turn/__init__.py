"""Django's SQLite backend, with writers that come one after the other."""
