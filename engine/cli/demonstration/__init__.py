"""The demonstration: real SIP calls through the sample flow, watched while they happen, and proven afterwards."""
