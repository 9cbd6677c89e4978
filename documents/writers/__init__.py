"""Writers: what leaves Duly as a file."""
