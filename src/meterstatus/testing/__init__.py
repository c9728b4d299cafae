"""Fakes of every port and virtual time, for this project's tests and those of its users."""
