"""What is printed: invoices, summaries, quotes and letters, as PDF and for machines."""
