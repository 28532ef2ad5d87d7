"""What a sample says: quantiles, proportions, their intervals, and the series behind them; numpy and scipy only."""
