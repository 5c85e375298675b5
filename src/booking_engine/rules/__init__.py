"""The pure validator: one small function a rule, in the order in which they refuse."""
