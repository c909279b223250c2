# Made by .ci/stubs.py: do not edit.


__all__ = []

