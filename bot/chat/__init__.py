"""What the chat faces share: nothing here knows a platform."""
