"""Charts as inline SVG: no script, no font, no file beside the page; their colours are those of the page's style."""
