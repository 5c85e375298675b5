"""One module a step, each frozen once it is released: it says what the tables were then."""
