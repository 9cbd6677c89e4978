"""What is remembered: tables, one Store door, history, queries, migrations."""
