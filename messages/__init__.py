"""Text for people: replies, cards, digests and papers; no platform's blocks."""
