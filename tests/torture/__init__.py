"""What the site must live through: killed, out of disk, without its database, with a wrong clock.

``make torture`` runs the long forms, ``python -m tests.torture NAME`` one of them. The short forms
are in ``tests/test_durability.py`` and ``tests/test_backup.py``.
"""
