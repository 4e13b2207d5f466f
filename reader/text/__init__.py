"""The ground floor: text, spans, selectors and markup in pure Python, without Django or I/O."""
