"""The files of both programs: read, checked, written whole."""
