"""`duly doctor`: what is missing before Duly can work, one file a part."""
