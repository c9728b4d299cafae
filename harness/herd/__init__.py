"""Thousands of lean agents in one process, and how that process is led: a load for a real controller.

A lean agent is the conversation of a real one without what lies behind it: it dials, logs in, asks, watches,
pings and comes back by the product's own back-off and limits, and has neither hook, state file nor engine.
"""
