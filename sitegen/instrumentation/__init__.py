"""What a run learns about itself: the clock, the deadline, the record of its tasks, its own spans and log."""
