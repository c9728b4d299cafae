"""Interfaces between the decisions and the world; every adapter and every fake implements one.

A port says what the caller owes, who owns what is returned, what is atomic, and what cancelling a
coroutine leaves behind. Nothing here is implementation.
"""
