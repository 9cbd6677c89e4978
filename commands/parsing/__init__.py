"""Parsing of what was typed: verbs, targets, qualifiers, progress words."""
