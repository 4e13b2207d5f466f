"""The W3C's Web Annotation Protocol: containers of annotations, and single ones."""
