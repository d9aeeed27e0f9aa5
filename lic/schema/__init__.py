"""What is stored; no decisions."""
