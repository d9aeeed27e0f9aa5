"""What is measured, how, and against which bar: `make bench`. Ratios count; milliseconds only orient."""
