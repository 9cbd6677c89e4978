"""Deadlines as recommendations state them in words (DESIGN: deadlines)."""

from governance.deadlines.model import Deadline, Milestone
from governance.deadlines.reading import read_deadline

__all__ = ["Deadline", "Milestone", "read_deadline"]
