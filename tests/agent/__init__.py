"""What callers say is understood or asked about, and what is said to them is true."""
