"""Application of the organisation file to the store."""
