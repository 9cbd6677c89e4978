"""Import of response records and trackers into the store."""
