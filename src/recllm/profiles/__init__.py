"""What is remembered of people: kept, changed, brought up, and in their own hands."""
