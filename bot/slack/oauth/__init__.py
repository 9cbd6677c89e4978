"""Installation in several workspaces by OAuth, and the tokens it gives."""
