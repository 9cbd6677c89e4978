"""The rules of the field: pure, no I/O, no ORM, no clock of its own."""
