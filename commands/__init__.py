"""Commands: requests, their parsing and routing, and the verbs, one module a family."""
