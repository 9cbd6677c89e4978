"""The faces and the process."""
