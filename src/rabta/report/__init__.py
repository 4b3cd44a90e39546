"""What is told of a period, and how others can check it."""
