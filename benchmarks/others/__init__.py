"""What runs beside our engine: each module measures one other engine, in an environment of its own."""
