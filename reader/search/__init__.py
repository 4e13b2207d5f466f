"""FLOOR 2: the index of words, on the database's own full-text engine.

Postil cuts texts into words and stems them itself (:mod:`reader.text.words`); the engine keeps the
lists of which entry holds which word. So SQLite (FTS5) and PostgreSQL (GIN) find the same. The
index only *narrows down*: what a viewer may read is decided by the policy, in the query that
fetches what was found.
"""
