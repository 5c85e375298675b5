"""Adapters: each joins the core to one kind of storage or transport, and none knows another."""
