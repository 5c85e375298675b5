"""Talking drives an agent's tools from a terminal: a typed call, answered by a script or by a plugged-in model."""
