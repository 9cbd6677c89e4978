"""The store: tables, transactions, queries, imports, the history, migrations."""
