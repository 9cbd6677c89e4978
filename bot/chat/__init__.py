"""Code that the chat faces share; nothing here knows a platform."""
