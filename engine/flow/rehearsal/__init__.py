"""Tests that authors write for their flows: `ivr_flows/*.test.yaml` as files; `engine/call/rehearsal` performs them."""
