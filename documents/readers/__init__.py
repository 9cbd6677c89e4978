"""Readers: a document's text in, an ImportedRecord and its warnings out."""
