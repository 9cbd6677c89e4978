"""What time makes happen: planner, ledger, forecast, delivery."""
