"""What people read: replies, cards, and the words of each; no platform's blocks."""
