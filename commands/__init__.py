"""What people can say: grammar, router, one file a family of verbs."""
