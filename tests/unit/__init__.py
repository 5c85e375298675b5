"""Every rule of the specification by plain examples."""
