"""Microsoft Teams: messages, cards, dialogs and reminders over the same core."""
