"""How fast Duly is: `make bench`."""
