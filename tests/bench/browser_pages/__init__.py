"""What the browser is shown: texts with highlights, in Postil and on plain pages."""
