"""What users of the library test with: strategies, a model, a state machine, a conformance kit, clocks and ids."""
