"""The local page: one face of the bot, served by `duly demo`."""
