"""The Scheduler: tick slots, drift, missed ticks, and the external timer units."""
